package org.fjordflow.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.Budget;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.ConsoleProgress;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.Smoothing;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Calibration;
import org.fjordflow.model.anomaly.DetectorOptions;
import org.fjordflow.model.anomaly.Scoring;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that say what a detector learns from, or where it lies. */
final class DetectorMaking {

  @Option(
      names = "--train",
      paramLabel = "FILE",
      description = "normal rows to learn from; what is learned is kept with --save alone")
  private @Nullable String train;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "a detector that was saved; or with --calibrate any model that fjord train wrote")
  private @Nullable Path model;

  @Option(
      names = "--calibrate",
      paramLabel = "FILE",
      description =
          "normal rows that the model was not trained on, to calibrate it by; they are saved in its"
              + " folder as scores")
  private @Nullable String calibrate;

  @Option(
      names = "--save",
      paramLabel = "DIR",
      description = "keep the detector in this folder, for --model")
  private @Nullable Path save;

  @Option(names = "--overwrite", description = "replace the model that --save holds already")
  private boolean overwrite;

  @Option(
      names = "--held-out",
      paramLabel = "PART",
      description =
          "part of the normal rows that is held out to calibrate by (default: 0.2, of small tables up"
              + " to a third). A rate of 0.01 takes 99 of them")
  private @Nullable Double heldOut;

  @Option(
      names = "--contamination",
      paramLabel = "SHARE",
      description =
          "the normal rows may have this share of anomalies among them: so many of the rows held out,"
              + " those of the highest scores, are not calibrated by (default: 0)")
  private double contamination;

  @Option(
      names = "--score",
      paramLabel = "NAME",
      description =
          "what makes a row unlike others: either, a density that is low by the flow or by a normal"
              + " with all covariances (default with --train); density, a low one by the flow"
              + " (default with --calibrate); or typicality, one unlike the mean, low or high")
  private @Nullable String score;

  @Option(
      names = "--recipe",
      paramLabel = "NAME",
      description = "the flow that is trained, as in fjord train --model (default: nsf-ar)")
  private @Nullable String recipe;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "steps of training at most (default: 800)")
  private @Nullable Long steps;

  @Option(
      names = "--time",
      paramLabel = "T",
      description = "end training after a time such as 90s or 5m (default: none)")
  private @Nullable String time;

  @Option(
      names = "--smooth",
      paramLabel = "WIDTH",
      description =
          "normal noise on the rows in training, for columns where a density has no bound: scott"
              + " or a number of deviations")
  private @Nullable String smooth;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same detector, bit for bit (default: 0)")
  private long seed;

  @Mixin private ThreadsOption threads;

  @Mixin private ColumnOptions columns;

  /**
   * A detector.
   *
   * @param unsaved why it is not kept, though it should be: its training may have taken long, so
   *     rows are judged before that is told; null where nothing went wrong
   */
  record Made(AnomalyDetector detector, @Nullable FjordException unsaved) implements AutoCloseable {
    @Override
    public void close() {
      detector.close();
    }
  }

  /** Returns the column that names rows, or null. */
  @Nullable String id() {
    return columns.options().id();
  }

  /**
   * Returns the files that are read, the data to judge among them: what must not be written over.
   */
  List<Path> inputs(String data) {
    List<Path> files = new ArrayList<>();
    for (String location : Arrays.asList(data, train, calibrate)) {
      if (location != null && !TableFiles.isStream(location)) {
        files.add(DataSource.path(location));
      }
    }
    if (model != null) {
      for (String name :
          List.of(ModelFolder.CONFIG, ModelFolder.PARAMETERS, AnomalyDetector.FILE)) {
        files.add(model.resolve(name));
      }
    }
    return files;
  }

  /**
   * Makes or loads the detector.
   *
   * @param label column that is not learned from, or null
   * @param rate that is going to be asked for, or null
   * @return the detector; null where the process was told to end while it was made
   */
  @Nullable Made make(
      ReadingOptions reading, @Nullable String label, @Nullable Double rate, Console console) {
    check();
    String rows = train;
    Path folder = model;
    if (rows != null) {
      Set<String> unmodelled = label == null ? Set.of() : Set.of(label);
      Table table = reading.read(rows, columns.options(), unmodelled);
      return train(table, rows, label, rate, console);
    }
    if (folder == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "give --train FILE, or --model DIR; see 'fjord detect --help'");
    }
    String held = calibrate;
    if (held == null) {
      return new Made(AnomalyDetector.load(folder, threads.count()), null);
    }
    FlowModel loaded = FlowModel.load(folder, spec -> spec, threads.count());
    try {
      AnomalyDetector detector =
          AnomalyDetector.of(
              loaded, reading.read(held, loaded), options(DetectorOptions.standard()));
      detector.saveCalibration(folder);
      return new Made(detector, null);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  private void check() {
    Usage.require(
        train == null || model == null,
        "--train learns a detector and --model has one; give one of them");
    Usage.require(
        calibrate == null || model != null, "--calibrate is of a model; give --model DIR too");
    Usage.require(
        train != null || save == null,
        "--save is for what --train learns; --model is saved already");
    Usage.require(
        train != null || score == null || Scoring.of(score) != Scoring.EITHER,
        "--score either takes the rows that the flow is trained on; give --train, or --score density");
    String needsTraining =
        recipe != null
            ? "--recipe"
            : steps != null
                ? "--steps"
                : time != null
                    ? "--time"
                    : smooth != null ? "--smooth" : heldOut != null ? "--held-out" : null;
    Usage.require(
        train != null || needsTraining == null,
        needsTraining + " is for training; --model has been trained already");
    String needsRows = contamination != 0 ? "--contamination" : score != null ? "--score" : null;
    Usage.require(
        train != null || calibrate != null || needsRows == null,
        needsRows + " is for --train and --calibrate; --model alone has been calibrated already");
  }

  private DetectorOptions options(DetectorOptions start) {
    DetectorOptions options = start.withContamination(contamination);
    options = heldOut == null ? options : options.withCalibration(heldOut);
    return score == null ? options : options.withScoring(Scoring.of(score));
  }

  private @Nullable Made train(
      Table rows, String location, @Nullable String label, @Nullable Double rate, Console console) {
    Path kept = save;
    if (kept != null && !overwrite) {
      new RunFolder(kept).requireUnused();
    }
    Stopping stopping = new Stopping();
    FitOptions fit = fit(rows, label, console, stopping);
    DetectorOptions options = options(DetectorOptions.standard().withFit(fit));
    if (rate != null) {
      Calibration.requireReachable(
          rate,
          (int)
              ((1 - contamination)
                  * Math.round(options.calibration(rows.rowCount()) * rows.rowCount())));
    }
    ColumnReport.say(console, options.columns(rows).plan(rows), Smoothing.parse(fit.noise()) > 0);
    FolderLock lock = kept == null ? null : new RunFolder(kept).lock();
    Runnable last = lock == null ? () -> {} : lock::close;
    try (Interruption interruption = new Interruption(stopping::ask, last)) {
      AnomalyDetector detector = AnomalyDetector.fit(rows, options);
      try {
        if (!interruption.isRequested()) {
          console.say(
              "learned from %s: %d columns, %d rows held out",
              location, detector.model().dim(), detector.calibration().size());
          return new Made(detector, kept == null ? null : unsaved(detector, kept, console));
        }
        long steps = steps(detector);
        String left = "nothing is kept";
        if (kept != null && steps > 0) {
          save(detector, kept, console);
          left = "what was learned so far is in " + kept;
        }
        console.say("stopped at step %d, no row is judged; %s", steps, left);
      } catch (RuntimeException e) {
        detector.close();
        throw e;
      }
      detector.close();
      return null;
    }
  }

  private void save(AnomalyDetector detector, Path kept, Console console) {
    detector.save(kept);
    if (overwrite) {
      new RunFolder(kept).clearForDetector();
    }
    console.say("detector: %s", kept);
  }

  private @Nullable FjordException unsaved(AnomalyDetector detector, Path kept, Console console) {
    try {
      save(detector, kept, console);
      return null;
    } catch (FjordException e) {
      return e;
    }
  }

  private static long steps(AnomalyDetector detector) {
    return detector.model().report().map(report -> report.training().steps()).orElse(0L);
  }

  /** Ends a training, and those that follow it, before the next step. */
  private static final class Stopping implements TrainingListener {
    private volatile boolean asked;

    void ask() {
      asked = true;
    }

    @Override
    public boolean stops() {
      return asked;
    }
  }

  private FitOptions fit(
      Table rows, @Nullable String label, Console console, TrainingListener stopping) {
    FitOptions.Builder fit =
        recipe == null
            ? DetectorOptions.standardFit()
            : DetectorOptions.standardFit(Recipe.of(recipe));
    fit.columns(withoutLabel(rows, label)).seed(seed).threads(threads.count());
    if (steps != null) {
      fit.steps(steps);
    }
    if (time != null) {
      fit.timeBudget(Duration.ofNanos(Math.round(1e9 * Budget.time(time).seconds())));
    }
    if (smooth != null) {
      fit.noise(smooth);
    }
    boolean bar = Boolean.getBoolean("fjord.terminal");
    fit.listeners(
        bar ? new ConsoleProgress(console.err()) : new LineProgress(console.err(), 1, ""),
        stopping);
    return fit.build();
  }

  private TableOptions withoutLabel(Table rows, @Nullable String label) {
    TableOptions asked = columns.options();
    if (label == null || !rows.names().contains(label) || asked.drop().contains(label)) {
      return asked;
    }
    List<String> drop = new ArrayList<>(asked.drop());
    drop.add(label);
    return asked.withDrop(drop);
  }
}
