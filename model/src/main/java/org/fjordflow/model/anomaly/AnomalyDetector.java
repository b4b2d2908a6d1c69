package org.fjordflow.model.anomaly;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Table.Split;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;

/**
 * Tells rows that are unlike normal ones: a flow gives scores, and rows held out say what a score
 * is worth, so that false alarms keep to a wanted rate whatever the flow has learned, see {@link
 * Calibration}.
 *
 * <p>Any number of threads may use a detector at once. It holds the native memory of its model
 * until closed.
 */
public final class AnomalyDetector implements AutoCloseable {

  /** Name of the file in a model's folder that has what scores are compared with. */
  public static final String FILE = CalibrationFile.NAME;

  /** Samples whose mean log-density stands for that of normal rows where these are not at hand. */
  private static final int TYPICAL_SAMPLES = 2_000;

  private final FlowModel model;
  private final Learned learned;

  private AnomalyDetector(FlowModel model, Learned learned) {
    this.model = model;
    this.learned = learned;
  }

  // Making

  /**
   * Learns what normal rows are, with the defaults.
   *
   * @param normal rows. Not modified.
   * @throws FjordException as {@link #fit(Table, DetectorOptions)}
   */
  public static AnomalyDetector fit(Table normal) {
    return fit(normal, DetectorOptions.standard());
  }

  /**
   * Learns what normal rows are: deals rows out to train on and to calibrate by, such that rows
   * that repeat each other stay together, trains a flow, which keeps some of the former to stop
   * early by, and scores the latter.
   *
   * <p>With a contamination c, some of the rows may be anomalies: of the rows to calibrate by, the
   * part c with the highest scores is left out. If these are the anomalies among them, p-values are
   * as valid as without any; if normal rows are left out instead, up to c more normal rows than the
   * wanted rate are told. Scores do not depend on it.
   *
   * @param normal rows. Not modified.
   * @param options how
   * @return the detector; the caller closes it
   * @throws FjordException as {@link FlowModel#fit}; INVALID_ARGUMENT if no row would be held out
   */
  public static AnomalyDetector fit(Table normal, DetectorOptions options) {
    FitOptions fit = options.fit().withColumns(options.columns(normal));
    Split split =
        fit.columns()
            .plan(normal)
            .splitTable(
                0,
                options.calibration(normal.rowCount()),
                new RandomStreams(fit.seed()).generator(Purpose.SPLIT, 1));
    if (split.test().rowCount() == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a part of %s of %d rows is none to calibrate by; give more rows, or hold out a larger part"
              .formatted(options.calibration(normal.rowCount()), normal.rowCount()));
    }
    Table train = split.train();
    FlowModel model = FlowModel.fit(train, fit);
    try {
      double typical = options.scoring() == Scoring.TYPICALITY ? mean(model.logProb(train)) : 0;
      SecondOpinion second =
          options.scoring() == Scoring.EITHER ? SecondOpinion.of(model, train) : null;
      return calibrated(model, split.test(), options, typical, second);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** The mean of minus the log-density. */
  private static double mean(double[] logProb) {
    return -Arrays.stream(logProb).filter(Double::isFinite).average().orElse(0);
  }

  /**
   * Makes a detector of a trained model.
   *
   * @param model closed with the detector
   * @param calibration normal rows that the model was neither trained nor validated on. Not
   *     modified.
   * @param options of which {@link DetectorOptions#fit} counts for its seed alone. For {@link
   *     Scoring#TYPICALITY} the mean log-density is that of samples of the model. {@link
   *     Scoring#EITHER} takes the rows that a model is trained on, and becomes {@link
   *     Scoring#DENSITY}.
   * @return the detector; the caller closes it
   * @throws FjordException as {@link FlowModel#logProb(Table)}; UNSUPPORTED for typicality with a
   *     conditional model
   */
  public static AnomalyDetector of(FlowModel model, Table calibration, DetectorOptions options) {
    double typical = 0;
    if (options.scoring() == Scoring.TYPICALITY) {
      if (model.contextSize() > 0) {
        throw new FjordException(
            ErrorKey.UNSUPPORTED,
            "typicality of a conditional model takes the rows that it is trained on; use fit, or the density as the score");
      }
      typical = mean(model.logProb(model.sample(TYPICAL_SAMPLES, options.fit().seed())));
    }
    return calibrated(model, calibration, options, typical, null);
  }

  private static AnomalyDetector calibrated(
      FlowModel model,
      Table held,
      DetectorOptions options,
      double typical,
      @Nullable SecondOpinion second) {
    Scoring scoring =
        options.scoring() == Scoring.EITHER && second == null ? Scoring.DENSITY : options.scoring();
    double[][] data = model.data(held);
    Context context = model.context(held);
    // Of n + 1 exchangeable rows one may be the only one with its text.
    double unseen = Math.log1p(data.length);
    Unseen.Seen seen =
        Unseen.replace(
            model, Because.values(model, data), unseen, data, context, model.logProb(held));
    double[] all = Learned.scores(scoring, typical, second, seen, context);
    int[] kept = lowest(all, all.length - (int) (options.contamination() * all.length));
    return new AnomalyDetector(
        model,
        new Learned(
            scoring,
            typical,
            options.contamination(),
            unseen,
            Calibration.of(Arrays.stream(kept).mapToDouble(i -> all[i]).toArray()),
            Because.values(
                model, Arrays.stream(kept).mapToObj(i -> data[i]).toArray(double[][]::new)),
            second));
  }

  /** Returns the numbers of the rows of the lowest scores, in their order. */
  private static int[] lowest(double[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((i, j) -> Double.compare(scores[i], scores[j]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .sorted()
        .toArray();
  }

  // Values

  /** Returns the model; closing it closes this detector. */
  public FlowModel model() {
    return model;
  }

  /** Returns what scores are compared with. */
  public Calibration calibration() {
    return learned.calibration();
  }

  /** Returns what makes a row unlike others. */
  public Scoring scoring() {
    return learned.scoring();
  }

  /** Returns the share of normal rows that may have been anomalies. */
  public double contamination() {
    return learned.contamination();
  }

  // Detecting

  /**
   * Log-densities of rows, and what they are worth.
   *
   * @param logProb in nats; negative infinity for a row with a text that the model does not know,
   *     NaN for one that lacks a cell
   * @param score higher for what is less like normal rows, in nats. A cell that has neither density
   *     nor probability is what the others make likeliest, and raises the score by log(n + 1), with
   *     n rows held out.
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Scores(double[] logProb, double[] score) {}

  /**
   * Scores rows, for {@link #detect(Scores, Alarm)}: a file may be scored part by part.
   *
   * @param rows with the model's columns. Not modified.
   * @throws FjordException as {@link FlowModel#logProb(Table)}, but for cells of data that are
   *     missing
   */
  public Scores score(Table rows) {
    double[] logProb = new double[rows.rowCount()];
    double[] score = new double[logProb.length];
    Arrays.fill(logProb, Double.NaN);
    Arrays.fill(score, Double.NaN);
    int[] complete = complete(model, rows);
    if (complete.length > 0) {
      Table some = rows.selectRows(complete);
      double[] found = model.logProb(some);
      double[] scores = learned.scores(seen(some, found), model.context(some));
      for (int k = 0; k < complete.length; k++) {
        logProb[complete[k]] = found[k];
        score[complete[k]] = scores[k];
      }
    }
    return new Scores(logProb, score);
  }

  /** The numbers of the rows that lack no cell of a model's data. */
  static int[] complete(FlowModel model, Table rows) {
    double[][] data = rows.rowCount() == 0 ? new double[0][] : model.data(rows);
    return IntStream.range(0, data.length)
        .filter(i -> Arrays.stream(data[i]).allMatch(Double::isFinite))
        .toArray();
  }

  private Unseen.Seen seen(Table rows, double[] logProb) {
    return Unseen.replace(
        model, learned.values(), learned.unseen(), model.data(rows), model.context(rows), logProb);
  }

  /**
   * Tells which rows are unlike normal ones.
   *
   * @param rows with the model's columns. Not modified.
   * @param alarm which of them are told
   * @throws FjordException as {@link FlowModel#logProb(Table)}; INVALID_ARGUMENT for a rate that so
   *     few rows held out cannot reach
   */
  public Detection detect(Table rows, Alarm alarm) {
    return detect(score(rows), alarm);
  }

  /**
   * Tells which rows are unlike normal ones by their scores.
   *
   * @param scores by {@link #score}, of all rows of one file. Not modified.
   * @param alarm which of them are told
   * @throws FjordException INVALID_ARGUMENT for a rate that so few rows held out cannot reach
   */
  public Detection detect(Scores scores, Alarm alarm) {
    if (alarm instanceof Alarm.Rate rate) {
      calibration().requireReachable(rate.rate());
    }
    return Detection.of(scores.logProb(), scores.score(), calibration(), alarm);
  }

  /**
   * Says which columns make rows unlike others: what the log-density would gain were the cell what
   * the others let expect, see {@link Reason}; with {@link Scoring#EITHER}, by how much the score
   * would fall. The cell that the log-density is greatest for is looked for among quantiles of
   * normal rows and between the best of them; of categories all are tried. That takes some 20
   * log-densities a column.
   *
   * @param rows with the model's columns. Not modified.
   * @return for each row all columns, the one that gains most first
   * @throws FjordException as {@link FlowModel#logProb(Table)}
   */
  public List<List<Reason>> because(Table rows) {
    return rows.rowCount() == 0
        ? List.of()
        : new Because(model, learned).of(rows, seen(rows, model.logProb(rows)));
  }

  /**
   * Says what each column adds to the score of rows, given the columns before it: minus {@link
   * FlowModel#conditionalLogProb}, or with {@link Scoring#EITHER} the same of the normal where its
   * score is the higher one. The sum of a row is its score, but for {@link Scoring#TYPICALITY}.
   * Unlike {@link #because}, a column that others disagree with is found where it comes after them,
   * and otherwise they are.
   *
   * @param rows with the model's columns. Not modified.
   * @return n x columns of data, in nats; NaN for rows that lack a cell
   * @throws FjordException as {@link FlowModel#conditionalLogProb}
   */
  public double[][] parts(Table rows) {
    double[][] parts = new double[rows.rowCount()][model.dim()];
    for (double[] row : parts) {
      Arrays.fill(row, Double.NaN);
    }
    int[] complete = complete(model, rows);
    Table some = rows.selectRows(complete);
    double[][] found =
        complete.length == 0
            ? new double[0][]
            : learned.parts(model, model.data(some), model.context(some));
    for (int k = 0; k < complete.length; k++) {
      parts[complete[k]] = found[k];
    }
    return parts;
  }

  // Files

  /**
   * Saves the detector: the model, as {@link FlowModel#save(Path)}, and beside it {@value
   * CalibrationFile#NAME}, which holds the scores of the rows held out and quantiles of each
   * column. A disk that gets full leaves the earlier detector or this one. A process that ends
   * between model and calibration leaves this model with an earlier calibration, which {@link
   * #load} refuses.
   *
   * @param folder where to; created where it is missing, files in it are replaced
   * @throws FjordException FILE_UNWRITABLE; CLOSED
   */
  public void save(Path folder) {
    CalibrationFile.of(model, learned).write(folder, () -> model.save(folder));
  }

  /**
   * Saves the calibration alone, beside the model that it belongs to.
   *
   * @param folder that holds this detector's model
   * @throws FjordException FILE_UNWRITABLE; CLOSED
   */
  public void saveCalibration(Path folder) {
    CalibrationFile.of(model, learned).write(folder, () -> {});
  }

  /**
   * Loads a detector, which uses all processors.
   *
   * @param folder that {@link #save} wrote
   * @return the detector; the caller closes it
   * @throws FjordException as {@link FlowModel#load(Path)}; FILE_MISSING for a model without a
   *     calibration; FILE_DAMAGED if that is not sound; SHAPE_MISMATCH if it is another model's
   */
  public static AnomalyDetector load(Path folder) {
    return load(folder, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Loads a detector.
   *
   * @param folder that {@link #save} wrote
   * @param threads how many threads one call uses at most, the caller's among them
   * @return the detector; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static AnomalyDetector load(Path folder, int threads) {
    CalibrationFile file = CalibrationFile.read(folder);
    FlowModel model = FlowModel.load(folder, spec -> spec, threads);
    try {
      file.requireOf(model, folder);
      return new AnomalyDetector(model, file.learned(model));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Closes the model. */
  @Override
  public void close() {
    model.close();
  }
}
