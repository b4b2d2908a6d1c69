package org.fjordflow.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.WantedError;
import org.fjordflow.cnf.WantedError.ProbedLogDensity;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;

/**
 * A flow of any kind, continuous or discrete, with its parameters: what is trained, saved, loaded
 * and served. Rows, contexts and densities are in the data's own units, in double precision,
 * whatever the network's type; log-densities are in nats.
 *
 * <p>Any number of threads may score and sample at once, and get the same bits as one alone.
 * Training and {@link #initialize} wait for them to end, and keep them out while they run; so does
 * {@link #close}. What is called after that throws CLOSED.
 *
 * <p>A finite row has a finite log-density or negative infinity, never NaN: rows so far out that
 * numbers overflow have density zero in the network's precision.
 *
 * <p>Holds native memory until closed, or until it is garbage.
 */
public final class FlowModel implements Model {

  private static final String COLUMNS = "columns";
  private static final String CONTEXT_COLUMNS = "contextColumns";
  private static final String RESULT = "result";

  /** What validations take of rows that are solved. */
  private static final int SOLVED_ROWS = 5_000;

  private static final int EXACT_COLUMNS = 16;

  private final FlowSpec spec;
  private final Weights weights;
  private final Evaluation evaluation;
  private final Columns columns;
  private final @Nullable FitReport fitted;

  private FlowModel(
      FlowSpec spec,
      Weights weights,
      Evaluation evaluation,
      Columns columns,
      @Nullable FitReport fitted) {
    this.spec = spec;
    this.weights = weights;
    this.evaluation = evaluation;
    this.columns = columns;
    this.fitted = fitted;
  }

  // Making

  /**
   * Trains a model on rows: keeps a tenth of them to stop early by, standardises, initialises, and
   * trains until validation brings no gain, for five minutes at most. Keeps the best parameters.
   *
   * @param rows at least one. Not modified.
   * @param recipe which flow
   * @return the trained model; the caller closes it
   * @throws FjordException as {@link #fit(Table, FitOptions)}
   */
  public static FlowModel fit(Table rows, FlowRecipe recipe) {
    return fit(rows, FitOptions.of(recipe));
  }

  /**
   * Trains a model on rows.
   *
   * @param rows at least one; columns that the options name as context are what the others are
   *     conditioned on. Not modified.
   * @param options which flow, for how long, and how
   * @return the trained model, which knows the names of its columns; the caller closes it
   * @throws FjordException NON_FINITE, naming row and column; INVALID_ARGUMENT for context columns
   *     that are not there, or too few rows; INVALID_CONFIGURATION if the flow cannot have such
   *     columns; TRAINING_DIVERGED
   */
  public static FlowModel fit(Table rows, FitOptions options) {
    return fitted(Fitting.of(null, rows, options), options);
  }

  /**
   * Trains a model of images, as {@link #fit(Table, FlowRecipe)} one of rows.
   *
   * @param images with classes, which the model is then given, or without. Not modified.
   * @param recipe which flow
   * @return the trained model; the caller closes it
   * @throws FjordException as {@link #fit(Images, FitOptions)}
   */
  public static FlowModel fit(Images images, ImageRecipe recipe) {
    return fit(images, FitOptions.of(recipe.recipe(images)));
  }

  /**
   * Trains a model of images.
   *
   * @param images with classes, which the model is then given, or without. Not modified.
   * @param options which flow, made by {@link ImageRecipe#recipe}; for how long, and how
   * @return the trained model; the caller closes it
   * @throws FjordException INVALID_CONFIGURATION for a recipe of something else, and for images of
   *     a size that the flow cannot have; INVALID_ARGUMENT, naming it, for an image without class
   *     beside others; TRAINING_DIVERGED
   */
  public static FlowModel fit(Images images, FitOptions options) {
    return fitted(Fitting.of(images, options), options);
  }

  private static FlowModel fitted(Fitting fitting, FitOptions options) {
    FlowModel model =
        create(
                fitting.spec(),
                fitting.streams().generator(Purpose.INITIALIZATION),
                options.threads())
            .withColumns(fitting.columns());
    try {
      return model.fittedBy(fitting.train(model));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Trains the map from one sample to another by flow matching: {@link #carry} brings rows of the
   * source to the data, or to any time in between. Both samples may have any number of rows. The
   * density of such a model is unknown, since that of the source is: scoring and sampling throw
   * UNSUPPORTED.
   *
   * @param source at least one row; its columns are found by name where both tables have names,
   *     else in order. Not modified.
   * @param rows of data, at least one. Not modified.
   * @param options a continuous flow of one block, matched; how long, and how
   * @return the trained model; the caller closes it
   * @throws FjordException as {@link #fit(Table, FitOptions)}; SHAPE_MISMATCH, naming it, for a
   *     column that the source lacks; UNSUPPORTED for given columns, and for columns that are no
   *     real numbers; INVALID_CONFIGURATION for another objective than matching
   */
  public static FlowModel fit(Table source, Table rows, FitOptions options) {
    return fitted(Fitting.of(source, rows, options), options);
  }

  /**
   * Trains a model on rows of numbers, as {@link #fit(Table, FitOptions)}.
   *
   * @param rows n x columns. Not modified.
   */
  public static FlowModel fit(double[][] rows, FitOptions options) {
    return fit(Table.of(rows), options);
  }

  /**
   * Creates a model with initial values.
   *
   * @param spec what to make
   * @param seed of the initial values
   * @return the model; the caller closes it
   */
  public static FlowModel create(FlowSpec spec, long seed) {
    return create(
        spec,
        new RandomStreams(seed).generator(Purpose.INITIALIZATION),
        Runtime.getRuntime().availableProcessors());
  }

  /**
   * Creates a model with initial values.
   *
   * @param spec what to make
   * @param random source of the initial values
   * @param threads how many threads one call uses at most, the caller's among them; results do not
   *     depend on it
   * @return the model; the caller closes it
   * @throws FjordException INVALID_ARGUMENT if there are no threads
   */
  public static FlowModel create(FlowSpec spec, RandomGenerator random, int threads) {
    return create(spec, random, threads, Parameters.Limit.ofMemory());
  }

  /** Creates a model that is no larger than what is to be filled into it. */
  static FlowModel create(
      FlowSpec spec, RandomGenerator random, int threads, Parameters.Limit limit) {
    Weights weights = Weights.create(spec, random, threads, limit);
    return new FlowModel(spec, weights, Evaluation.of(spec, weights), Columns.unnamed(spec), null);
  }

  /**
   * Loads a model of any kind, which uses all processors.
   *
   * @param folder a folder that {@link #save}, {@link ModelFolder#save} or the command wrote
   * @return the model; the caller closes it
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound; SHAPE_MISMATCH,
   *     listing names, if the files do not belong together; INVALID_CONFIGURATION or UNSUPPORTED
   *     for a model that this version cannot make
   */
  public static FlowModel load(Path folder) {
    return load(folder, UnaryOperator.identity(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * Loads a model with a changed specification, such as another solver or precision.
   *
   * @param folder a folder that {@link #save}, {@link ModelFolder#save} or the command wrote
   * @param change what to change; parameters keep their names and shapes
   * @param threads how many threads one call uses at most, the caller's among them
   * @return the model; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static FlowModel load(Path folder, UnaryOperator<FlowSpec> change, int threads) {
    ModelFolder.Saved saved = ModelFolder.read(folder);
    FlowSpec spec = change.apply(FlowSpec.of(saved.config()));
    Columns columns = Columns.read(saved.describe(), COLUMNS, CONTEXT_COLUMNS, spec);
    FlowModel model = saved.load((random, limit) -> create(spec, random, threads, limit));
    return model.withColumns(columns);
  }

  // Values

  /** Returns the specification. */
  @Override
  public FlowSpec config() {
    return spec;
  }

  /** Returns the parameters. What changes them must not run beside what reads them. */
  @Override
  public Parameters parameters() {
    return weights.parameters();
  }

  /**
   * Returns the flow in the data's units, for objectives and gradients. It standardises in the
   * network's precision; the methods of this class do it in double. It knows nothing of the lock
   * that keeps readers and training apart. Of a model with a {@link FlowSpec#table} it is the flow
   * of encoded rows, given encoded contexts.
   */
  @Override
  public Flow flow() {
    return evaluation.inUnits();
  }

  /** Returns the number of columns of data. */
  public int dim() {
    return spec.dim();
  }

  /**
   * Returns the number of columns of context as they are given, zero for an unconditional flow. The
   * flow inside may have more: a category is one hot there.
   */
  public int contextSize() {
    TableSpec table = spec.table();
    return table == null ? spec.context() : table.given().size();
  }

  /** Returns the names of the columns of data, empty where they are not known. */
  public List<String> columns() {
    return columns.data();
  }

  /** Returns the names of the columns of context, empty where they are not known. */
  public List<String> contextColumns() {
    return columns.context();
  }

  /** Returns what {@link #fit} came to; empty for a model that it did not make. */
  public Optional<TrainingResult> fitted() {
    return report().map(FitReport::training);
  }

  /**
   * Returns how well {@link #fit} did on the rows that it validated on, beside normal
   * distributions; empty for a model that it did not make.
   */
  public Optional<FitReport> report() {
    return Optional.ofNullable(fitted);
  }

  // Scoring

  /**
   * Log-densities of rows.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @return one a row, in nats
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column; SHAPE_MISMATCH for
   *     a conditional flow; SOLVE_FAILED if a continuous flow could not be solved; CLOSED
   */
  public double[] logProb(double[][] rows) {
    return logProb(rows, Context.none());
  }

  /**
   * Log-densities of rows under a conditional flow.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @param context conditions: a row for each row, or a shared one
   * @return one a row, in nats
   * @throws FjordException as {@link #logProb(double[][])}
   */
  public double[] logProb(double[][] rows, Context context) {
    return score(rows, context, 0).logProb();
  }

  /**
   * Log-densities of the rows of a table. Columns are found by their names where both the table and
   * the model have names; without names they are taken in order, data first, then context. With
   * whole numbers or categories among them it is a density times a probability, see {@link
   * TableSpec}; a text that the model has never seen has probability zero.
   *
   * @param rows Not modified.
   * @return one a row, in nats
   * @throws FjordException as {@link #logProb(double[][])}; SHAPE_MISMATCH, naming it, for a column
   *     that is not there; INVALID_ARGUMENT for one of another kind
   */
  public double[] logProb(Table rows) {
    return rows.rowCount() == 0
        ? new double[0]
        : logProb(columns.dataOf(rows), columns.contextOf(rows, null));
  }

  /**
   * Log-densities of rows one after the other in one array.
   *
   * @param rows n x {@link #dim()} values, row by row. Not modified.
   * @return one a row, in nats
   * @throws FjordException as {@link #logProb(double[][])}; SHAPE_MISMATCH if they are no whole
   *     rows
   */
  public double[] logProb(double[] rows) {
    if (rows.length % dim() != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          rows.length + " values are no whole rows; this model has " + dim() + " columns");
    }
    double[][] cut = new double[rows.length / dim()][];
    Arrays.setAll(cut, i -> Arrays.copyOfRange(rows, i * dim(), (i + 1) * dim()));
    return logProb(cut);
  }

  /**
   * Log-densities of rows as they come, with bounded memory: rows are computed in chunks.
   *
   * @param rows each of {@link #dim()} values; read, and copied, as results are taken
   * @return one log-density a row, in order, in nats; sequential
   * @throws FjordException from the stream, as {@link #logProb(double[][])}
   */
  public DoubleStream logProb(Stream<double[]> rows) {
    return evaluation.stream(
        rows,
        (chunk, first) ->
            weights.reading(
                () ->
                    evaluation.score(chunk, Context.none(), Mapping.anyRandom(), first).logProb()));
  }

  /**
   * Log-densities with their standard errors.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @param seed of probes, where log-determinants are estimated
   * @return one a row, and what they cost
   * @throws FjordException as {@link #logProb(double[][])}
   */
  public LogDensity score(double[][] rows, Context context, long seed) {
    return score(rows, context, new RandomStreams(seed).generator(Purpose.PROBES));
  }

  /** Log-densities with their standard errors, as {@link #score(double[][], Context, long)}. */
  public LogDensity score(double[][] rows, Context context, RandomGenerator random) {
    return weights.reading(() -> evaluation.score(rows, context, random));
  }

  /**
   * The same, in which a row that cannot be scored does not keep the others from their scores: it
   * has NaN, they have what they have alone. Rows with values that are not finite cannot be scored,
   * nor rows whose context the model cannot have, nor those that could not be solved.
   *
   * @param failures takes these rows, by their place in this call, and says why; rows that are in
   *     it already are left out. Modified.
   * @throws FjordException SHAPE_MISMATCH; CLOSED
   */
  public LogDensity score(
      double[][] rows, Context context, RandomGenerator random, Failures failures) {
    return weights.reading(() -> evaluation.score(rows, context, random, failures));
  }

  /**
   * Log-densities of a continuous flow with as many probes a row as a wanted standard error takes.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @param wanted the error
   * @param random source of probes
   * @throws FjordException as {@link #logProb(double[][])}
   */
  public ProbedLogDensity score(
      double[][] rows, Context context, WantedError wanted, RandomGenerator random) {
    return search(rows, context, wanted, random, null);
  }

  /**
   * The same, in which rows with values that are not finite, or a context that the model cannot
   * have, have the log-density NaN.
   *
   * @param failures takes these rows, as {@link #score(double[][], Context, RandomGenerator,
   *     Failures)}. Modified.
   */
  public ProbedLogDensity score(
      double[][] rows,
      Context context,
      WantedError wanted,
      RandomGenerator random,
      Failures failures) {
    return search(rows, context, wanted, random, failures);
  }

  private ProbedLogDensity search(
      double[][] rows,
      Context context,
      WantedError wanted,
      RandomGenerator random,
      @Nullable Failures failures) {
    return weights.reading(
        () ->
            evaluation.search(
                wanted,
                divergence ->
                    withSolve(solve -> solve.withEvaluationDivergence(divergence)).evaluation,
                rows,
                context,
                random,
                failures));
  }

  /**
   * Log-densities of each column given those before it, and the context: {@code log p(x_j | x_1,
   * ..., x_(j-1))}. The sum of a row is its log-density, up to rounding of the network's type.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @return n x {@link #dim()}, in nats
   * @throws FjordException UNSUPPORTED, saying why, for a flow that is not autoregressive in the
   *     order of the columns, or has another base than the standard normal; as {@link
   *     #logProb(double[][])}
   */
  public double[][] conditionalLogProb(double[][] rows, Context context) {
    return weights.reading(() -> evaluation.conditionals(rows, context));
  }

  /** The log-density of images as a sum over scales, see {@link ImageFlow#bitsByScale}. */
  ScaleParts.Sums scales(double[][] rows, Context context, RandomGenerator random) {
    return weights.reading(() -> evaluation.scales(rows, context, random));
  }

  // Sampling

  /**
   * Draws samples.
   *
   * @param n number of rows
   * @param seed the same seed gives the same samples
   * @return n rows, with the names of the columns where they are known
   * @throws FjordException INVALID_ARGUMENT if n is negative; SHAPE_MISMATCH for a conditional
   *     flow; SOLVE_FAILED; CLOSED
   */
  public Table sample(int n, long seed) {
    return sample(n, Context.none(), seed);
  }

  /**
   * Draws samples of a conditional flow.
   *
   * @param n number of rows
   * @param context conditions: a row for each sample, or a shared one
   * @param seed the same seed gives the same samples
   * @return n rows of data
   * @throws FjordException as {@link #sample(int, long)}
   */
  public Table sample(int n, Context context, long seed) {
    return columns.table(sample(n, context, new RandomStreams(seed).generator(Purpose.SAMPLES)));
  }

  /**
   * Draws samples for each row of a table of conditions.
   *
   * @param given with the columns of context, by name where both have names, else in order
   * @param n samples for each row
   * @param seed the same seed gives the same samples
   * @return n rows for the first row of the table, then n for the second, and so on
   * @throws FjordException as {@link #sample(int, long)}; SHAPE_MISMATCH or INVALID_ARGUMENT,
   *     naming it, for a column that is not there or of another kind
   */
  public Table sample(Table given, int n, long seed) {
    if (n < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, n + " samples for each row; expected at least 1");
    }
    return sample(Math.multiplyExact(given.rowCount(), n), context(given).repeat(n), seed);
  }

  /**
   * Returns the conditions of the rows of a table, as the other methods take them.
   *
   * @param rows with the columns of context, by name where both have names, else in order. Not
   *     modified.
   * @return {@link Context#none()} for a flow without
   * @throws FjordException SHAPE_MISMATCH or INVALID_ARGUMENT, naming it, for a column that is not
   *     there or of another kind
   */
  public Context context(Table rows) {
    return contextSize() == 0 ? Context.none() : Context.of(columns.givenOf(rows, null));
  }

  /**
   * The same for methods that leave rows out.
   *
   * @param failures takes rows with texts that the model does not know, which such methods then
   *     leave out. Modified.
   */
  public Context context(Table rows, Failures failures) {
    return contextSize() == 0 ? Context.none() : Context.of(columns.givenOf(rows, failures));
  }

  /**
   * Returns the data of the rows of a table, as the other methods take them.
   *
   * @param rows with the columns of data, by name where both have names, else in order. Not
   *     modified.
   * @throws FjordException as {@link #context(Table)}
   */
  public double[][] data(Table rows) {
    return columns.dataOf(rows);
  }

  /**
   * Returns rows of data as a table, as {@link #sample(int, long)} does.
   *
   * @param rows n x {@link #dim()}, held by the table
   */
  public Table table(double[][] rows) {
    return columns.table(rows);
  }

  /** Draws samples, as {@link #sample(int, Context, long)}, from a generator. */
  public double[][] sample(int n, Context context, RandomGenerator random) {
    return weights.reading(() -> evaluation.mapping().sample(n, context, random));
  }

  /**
   * Draws samples with their log-densities.
   *
   * @param n number of rows
   * @param context conditions, or {@link Context#none()}
   * @param seed the same seed gives the same samples
   * @throws FjordException as {@link #sample(int, long)}
   */
  public Sample sampleAndLogProb(int n, Context context, long seed) {
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
    return weights.reading(() -> evaluation.sampleAndLogProb(n, context, random));
  }

  /**
   * Returns what normal distributions reach on rows of this model's columns, to compare it with.
   *
   * @param fitted rows in the data's units that they are fitted to, with their contexts. Not
   *     modified.
   * @param judged rows that they are taken on. Not modified.
   */
  public NormalBaselines baselines(Batch fitted, Batch judged) {
    return NormalBaselines.of(spec, fitted, judged);
  }

  // Predicting

  /**
   * Predicts columns of data from their context. Of one column from a normal base, quantiles are
   * computed exactly, and moments by integration; otherwise all are those of samples.
   *
   * @param contexts a row for each prediction, in the data's units; for an unconditional flow rows
   *     of no values. Not modified.
   * @param options which quantiles, and how many samples
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for contexts that do not fit; SOLVE_FAILED;
   *     CLOSED
   */
  public Predictions predict(double[][] contexts, Predictions.Options options) {
    for (double[] given : contexts) {
      if (given.length != contextSize()) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "a row of context has %d values; this model takes %d"
                .formatted(given.length, contextSize()));
      }
    }
    return weights.reading(() -> Predicting.of(evaluation, contexts, options));
  }

  /**
   * The same, in which rows that cannot be predicted are NaN.
   *
   * @param rows Not modified.
   * @param options which quantiles, and how many samples
   * @param failures takes these rows, and says why. Modified.
   * @throws FjordException SHAPE_MISMATCH, naming it, for a column that is not there; CLOSED
   */
  public Predictions predict(Table rows, Predictions.Options options, Failures failures) {
    double[][] contexts = columns.givenOf(rows, failures);
    return weights.reading(() -> Predicting.of(evaluation, contexts, options, failures));
  }

  /**
   * Predicts columns of data from the columns of context in a table, found as by {@link
   * #logProb(Table)}; columns of data need not be there.
   *
   * @param rows Not modified.
   * @param options which quantiles, and how many samples
   * @throws FjordException as {@link #predict(double[][], Predictions.Options)}; SHAPE_MISMATCH,
   *     naming it, for a column that is not there
   */
  public Predictions predict(Table rows, Predictions.Options options) {
    return predict(columns.givenOf(rows, null), options);
  }

  // Mapping

  /**
   * Maps data to the base.
   *
   * @param rows n x {@link #dim()}. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @throws FjordException as {@link #logProb(double[][])}
   */
  public double[][] toBase(double[][] rows, Context context) {
    return weights.reading(() -> evaluation.mapping().toBase(rows, context));
  }

  /**
   * The same, in which rows that cannot be mapped are NaN.
   *
   * @param failures takes these rows, and says why. Modified.
   * @throws FjordException SHAPE_MISMATCH; CLOSED
   */
  public double[][] toBase(double[][] rows, Context context, Failures failures) {
    return weights.reading(() -> evaluation.mapping().toBase(rows, context, failures));
  }

  /**
   * Maps the base to data.
   *
   * @param points n x {@link #dim()} of the base. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @throws FjordException as {@link #logProb(double[][])}
   */
  public double[][] fromBase(double[][] points, Context context) {
    return weights.reading(() -> evaluation.mapping().fromBase(points, context));
  }

  /**
   * The same, in which points that cannot be mapped are NaN.
   *
   * @param failures takes these points, and says why. Modified.
   * @throws FjordException SHAPE_MISMATCH; CLOSED
   */
  public double[][] fromBase(double[][] points, Context context, Failures failures) {
    return weights.reading(() -> evaluation.mapping().fromBase(points, context, failures));
  }

  /**
   * Carries rows along a continuous flow of one block from one time to another: from 0 at the base,
   * or at the source where one sample is carried to another, to 1 at the data. Rows are in the
   * data's units at all times, those at time 0 too.
   *
   * @param rows n x {@link #dim()}, where they are at {@code from}. Not modified.
   * @param from in 0 to 1
   * @param to in 0 to 1; before {@code from}, rows are carried back
   * @return n x {@link #dim()}, where they are at {@code to}
   * @throws FjordException INVALID_ARGUMENT for other times; UNSUPPORTED for other flows, with a
   *     context, or with columns that are no real numbers; SHAPE_MISMATCH or NON_FINITE, naming row
   *     and column; SOLVE_FAILED; CLOSED
   */
  public double[][] carry(double[][] rows, double from, double to) {
    return weights.reading(() -> evaluation.mapping().carry(rows, from, to));
  }

  /**
   * The same, in which rows that cannot be carried are NaN.
   *
   * @param failures takes these rows, and says why. Modified.
   */
  public double[][] carry(double[][] rows, double from, double to, Failures failures) {
    return weights.reading(() -> evaluation.mapping().carry(rows, from, to, failures));
  }

  /**
   * Follows rows through the continuous flows, to draw their ways.
   *
   * @param rows n x {@link #dim()}, such as samples. Not modified.
   * @param intervals equal intervals of time in each block, at least 1
   * @throws FjordException INVALID_ARGUMENT if there is no interval or the model is conditional;
   *     SOLVE_FAILED
   */
  public FlowPaths paths(double[][] rows, int intervals) {
    return weights.reading(() -> evaluation.mapping().paths(rows, intervals));
  }

  // The same weights otherwise

  /**
   * Returns the same model with its continuous flows solved otherwise. Both share weights; closing
   * one closes both.
   */
  public FlowModel withSolve(UnaryOperator<SolveSettings> change) {
    FlowSpec changed = spec.withSolve(change);
    return new FlowModel(changed, weights, evaluation.withSolve(changed, change), columns, fitted);
  }

  /**
   * Returns the same model with each block of its continuous flows solved in its own way, such as
   * with its own replayed probes. Both share weights; closing one closes both. What is saved says
   * of each continuous flow how its first block is solved.
   *
   * @param solves how to solve each block, the first one that data goes through first
   * @throws FjordException INVALID_ARGUMENT if there are not as many as blocks
   */
  public FlowModel withSolves(List<SolveSettings> solves) {
    Evaluation changed = evaluation.withSolves(solves);
    return new FlowModel(changed.spec(), weights, changed, columns, fitted);
  }

  /** Returns the same model that computes so many rows at once; closing one closes both. */
  public FlowModel withChunkRows(int rows) {
    return new FlowModel(spec, weights, evaluation.withChunkRows(rows), columns, fitted);
  }

  /**
   * Returns the same model of images that scores by other noise: the log-density of an image is the
   * mean over some draws of the noise that makes its numbers continuous, and its standard error
   * that of this mean. The draws of an image follow from its numbers and the seed. Four draws with
   * seed 0 unless others are asked for; a model of other rows is not changed. Closing one closes
   * both.
   *
   * @param draws at least 1; a single one has no standard error, NaN
   * @param seed of the noise
   * @throws FjordException INVALID_ARGUMENT for fewer draws
   */
  public FlowModel withNoise(int draws, long seed) {
    return new FlowModel(spec, weights, evaluation.withNoise(draws, seed), columns, fitted);
  }

  /**
   * Returns the same model that draws once what it draws several times to score a row: the noise of
   * images, and probes of estimated traces. Means over many rows stay what they are, in a fraction
   * of the time; single rows have larger errors, and those of images no standard error. Closing one
   * closes both.
   */
  public FlowModel withOneDraw() {
    return withSolve(FlowModel::withOneProbe).withNoise(1, 0);
  }

  private static SolveSettings withOneProbe(SolveSettings solve) {
    return solve.evaluation().divergence() instanceof Hutchinson several && several.probes() > 1
        ? solve.withEvaluationDivergence(new Hutchinson(several.distribution(), 1))
        : solve;
  }

  /** Returns how many rows are computed at once. */
  public int chunkRows() {
    return evaluation.chunkRows();
  }

  private FlowModel withColumns(Columns names) {
    return new FlowModel(spec, weights, evaluation, names, fitted);
  }

  private FlowModel fittedBy(FitReport result) {
    return new FlowModel(spec, weights, evaluation, columns, result);
  }

  // Training

  /**
   * {@inheritDoc} Rows and contexts are in the data's units. Waits for what is scoring and sampling
   * to end, and keeps it out meanwhile.
   */
  @Override
  public void initialize(Batch batch, RandomGenerator random) {
    weights.writing(
        () -> {
          evaluation.learning().initialize(batch, random);
          return null;
        });
  }

  /**
   * Prepares a training by maximum likelihood.
   *
   * @param config how to train
   * @param batches rows of each step, in the data's units
   * @param validation what the best parameters are chosen by, such as {@link #validation}, or null
   *     for none
   * @param listeners told of everything, in this order; losses are in the data's units
   * @return the training, to be run
   * @throws FjordException INVALID_CONFIGURATION if there is a validation interval but no
   *     validation, or the other way round
   */
  public FlowTraining training(
      TrainerConfig config,
      BatchSource batches,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    return new FlowTraining(
        weights, evaluation.learning().trainer(config, batches, validation, listeners));
  }

  /**
   * Prepares a training by maximum likelihood whose gradients are computed elsewhere, such as by
   * {@link #gradientSums} of copies of this model.
   *
   * @param config how to train; its batch size is for whoever computes gradients
   * @param gradients of every step, of losses in the data's units
   * @param validation what the best parameters are chosen by, or null for none
   * @param listeners told of everything, in this order
   * @return the training, to be run
   * @throws FjordException as {@link #training(TrainerConfig, BatchSource, Validation, List)}
   */
  public FlowTraining training(
      TrainerConfig config,
      Trainer.StepGradient gradients,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    return new FlowTraining(
        weights,
        Trainer.ofGradients(config, weights.parameters(), gradients, validation, listeners));
  }

  /**
   * Returns sums of losses and gradients of maximum likelihood over some of a step's rows, for
   * trainings whose rows are in many places.
   *
   * @param seed of the training: of probes, and of where whole numbers are put
   */
  public GradientSums gradientSums(long seed) {
    return new GradientSums(weights, evaluation, seed);
  }

  /**
   * Prepares a training by flow matching, which solves nothing. The base stays as it is, also where
   * it is trained by likelihood, and so does a trained end time.
   *
   * @param options paths, times and pairs; paths are between standardised rows and the base
   * @param config how to train
   * @param batches rows of each step, in the data's units
   * @param validation rows, in the data's units, whose matching loss the best parameters are chosen
   *     by; null for none
   * @param listeners told of everything, in this order; losses are those of {@link FlowMatching},
   *     and no log-densities
   * @return the training, to be run
   * @throws FjordException INVALID_CONFIGURATION if the model is no continuous flow of one block,
   *     for pairs that ignore the context of a conditional flow, and if there is a validation
   *     interval but no validation, or the other way round
   */
  public FlowTraining matching(
      FlowMatching.Options options,
      TrainerConfig config,
      BatchSource batches,
      @Nullable Batch validation,
      List<? extends TrainingListener> listeners) {
    return new FlowTraining(
        weights,
        evaluation.learning().matcher(options, null, config, batches, validation, listeners));
  }

  /**
   * Prepares the matching of a flow whose base is a {@link
   * org.fjordflow.core.model.BaseConfig.Source}: from the rows of one sample to those of another.
   *
   * @param options paths, times and pairs; paths are between standardised rows of both
   * @param source rows of the source, in the data's units, as many as there are: each comes as
   *     often as any other. Held, not modified.
   * @param config how to train
   * @param batches rows of data of each step, in the data's units
   * @param validation rows of data whose matching loss the best parameters are chosen by; null for
   *     none
   * @param listeners told of everything, in this order
   * @return the training, to be run
   * @throws FjordException as {@link #matching(FlowMatching.Options, TrainerConfig, BatchSource,
   *     Batch, List)}; INVALID_CONFIGURATION for a flow with another base; INVALID_ARGUMENT for no
   *     rows
   */
  public FlowTraining matching(
      FlowMatching.Options options,
      double[][] source,
      TrainerConfig config,
      BatchSource batches,
      @Nullable Batch validation,
      List<? extends TrainingListener> listeners) {
    return new FlowTraining(
        weights,
        evaluation.learning().matcher(options, source, config, batches, validation, listeners));
  }

  /**
   * Prepares a reflow (Liu, Gong and Liu 2023): draws points of the base, carries them to the data,
   * and matches these pairs, so that paths become straight and few steps sample. Needs no data; the
   * distribution stays what the model has, but for the error of the new field.
   *
   * @param options paths and times; the pairs are the model's own
   * @param pairs how many to make, such as 20,000; made now, by this model as it is
   * @param config how to train, without validation
   * @param listeners told of everything, in this order
   * @return the training, to be run
   * @throws FjordException INVALID_CONFIGURATION if the model is no continuous flow of one block;
   *     UNSUPPORTED for a conditional one; INVALID_ARGUMENT for a negative number of pairs;
   *     SHAPE_MISMATCH for none; SOLVE_FAILED
   */
  public FlowTraining reflow(
      FlowMatching.Options options,
      int pairs,
      TrainerConfig config,
      List<? extends TrainingListener> listeners) {
    return new FlowTraining(
        weights,
        weights.reading(() -> evaluation.learning().reflower(options, pairs, config, listeners)));
  }

  /**
   * Returns the validation by the mean log-density of rows. Where each row has to be solved, that
   * of 5,000 of them, evenly spaced; and of more than 16 columns whose flow is trained with probes,
   * as many probes, the same ones every time: an exact trace would take most of a training's time.
   *
   * @param data rows, in the data's units, with the flow's context; held. Not modified.
   */
  public Validation validation(Batch data) {
    Batch some = spec.continuous().isEmpty() ? data : data.thinned(SOLVED_ROWS);
    double[][] given = some.context();
    Context context = given == null ? Context.none() : Context.of(given);
    FlowModel judging = judging();
    return random ->
        -Arrays.stream(judging.score(some.rows(), context, random).logProb())
            .average()
            .orElseThrow();
  }

  private FlowModel judging() {
    if (spec.images() != null) {
      return withOneDraw();
    }
    return dim() > EXACT_COLUMNS ? withSolve(FlowModel::withTrainingProbes) : this;
  }

  private static SolveSettings withTrainingProbes(SolveSettings solve) {
    return solve.training().divergence() instanceof Hutchinson probes
            && !(solve.evaluation().divergence() instanceof Hutchinson)
        ? solve.withEvaluationDivergence(probes)
        : solve;
  }

  /** Reads the parameters, beside others that do. */
  <T> T reading(Supplier<T> task) {
    return weights.reading(task);
  }

  // Files

  /**
   * Saves the model, so that {@link #load} gives the same bits.
   *
   * @param folder where to; created where it is missing. A model in it is replaced as a whole or
   *     not at all, see {@link ModelFolder#save}
   * @throws FjordException FILE_UNWRITABLE; CONCURRENT_USE; CLOSED
   */
  public void save(Path folder) {
    Map<String, Object> about = new LinkedHashMap<>();
    if (fitted != null) {
      Map<String, Object> result = FlowTraining.summary(fitted.training());
      result.putAll(fitted.summary("validation"));
      about.put(RESULT, result);
    }
    save(folder, about);
  }

  /**
   * Saves the model with what else is to be said about it.
   *
   * @param folder where to
   * @param about by key: records, maps, lists, texts, numbers; what people and other programs read
   * @throws FjordException as {@link #save(Path)}
   */
  public void save(Path folder, Map<String, ?> about) {
    for (String key : List.of(COLUMNS, CONTEXT_COLUMNS)) {
      if (about.containsKey(key)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "'" + key + "' is said by the model itself; use withColumns to name columns");
      }
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(COLUMNS, columns.data());
    if (contextSize() > 0) {
      all.put(CONTEXT_COLUMNS, columns.context());
    }
    all.putAll(about);
    weights.reading(
        () -> {
          ModelFolder.save(folder, this, all);
          return null;
        });
  }

  /**
   * Returns the same model with names for its columns; closing one closes both.
   *
   * @param data one name a column of data, or none
   * @param context one name a column of context, or none
   * @throws FjordException SHAPE_MISMATCH for another number of names
   */
  public FlowModel withColumns(List<String> data, List<String> context) {
    return withColumns(Columns.of(spec, data, context));
  }

  /** Waits for what is scoring, sampling or training to end, and returns native memory. */
  @Override
  public void close() {
    weights.close();
  }
}
