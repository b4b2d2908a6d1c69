package org.fjordflow.spark;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;

/**
 * Trains a flow on the rows of a DataFrame. All rows are looked at on executors, and refused by
 * column and count where they cannot be trained on. Up to {@code maxRows} of them come to the
 * driver, which trains as {@link FlowModel#fit} does; more stay on executors, which sum up the
 * gradients of each step ({@code training} chooses). The same rows give the same model however they
 * are partitioned and ordered, on executors up to the order in which sums are added up in float64;
 * but not where a part of them is drawn for the driver.
 *
 * <p>Parameters: {@code featuresCol} (vectors; default {@code features}) and {@code contextCol}
 * (vectors of conditions); or {@code inputCols}, columns by name, of which {@code givenCols} are
 * conditions. {@code recipe} (default {@code nsf}), {@code dtype} (default {@code float32}), {@code
 * steps} (0: until validation brings no gain), {@code timeBudget} in seconds (0: none; default 300
 * where steps are 0), {@code maxRows} (default 1,000,000), {@code seed}, {@code predictionCol}. Of
 * training on executors: {@code batchSize} (default 4,096), {@code numPartitions} (default as many
 * as cores), {@code checkpointDir} with {@code checkpointInterval} (default 100 steps).
 */
public final class FlowEstimator extends Estimator<FlowModelTransformer>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private static final long MOST_ROWS = 1_000_000;
  private static final int BATCH = 4_096;
  private static final int CHECKPOINTS = 100;
  private static final String AUTO = "auto";
  private static final String DRIVER = "driver";
  private static final String DISTRIBUTED = "distributed";
  private static final String CHECKPOINT = "checkpoint.safetensors";

  private final String uid;
  private final Param<String> featuresCol;
  private final Param<String> contextCol;
  private final StringArrayParam inputCols;
  private final StringArrayParam givenCols;
  private final Param<String> predictionCol;
  private final Param<String> recipe;
  private final LongParam steps;
  private final LongParam maxRows;
  private final LongParam seed;
  private final Param<String> dtype;
  private final Param<String> training;
  private final IntParam batchSize;
  private final IntParam numPartitions;
  private final LongParam timeBudget;
  private final Param<String> checkpointDir;
  private final IntParam checkpointInterval;

  /** An estimator with the defaults. */
  public FlowEstimator() {
    this(Identifiable$.MODULE$.randomUID("flow"));
  }

  /** An estimator with a name of its own, as Spark reads one. */
  public FlowEstimator(String uid) {
    this.uid = uid;
    featuresCol = new Param<>(this, "featuresCol", "column of vectors");
    contextCol = new Param<>(this, "contextCol", "column of vectors of conditions");
    inputCols = new StringArrayParam(this, "inputCols", "columns by name, in place of vectors");
    givenCols = new StringArrayParam(this, "givenCols", "columns among them that are conditions");
    predictionCol = new Param<>(this, "predictionCol", "column of log-densities");
    recipe = new Param<>(this, "recipe", "which flow");
    steps = new LongParam(this, "steps", "of training at most", ParamValidators.gtEq(0));
    maxRows = new LongParam(this, "maxRows", "that are trained on", ParamValidators.gtEq(1));
    seed = new LongParam(this, "seed", "of the training");
    dtype =
        new Param<>(
            this,
            "dtype",
            "float32 or float64",
            ParamValidators.<String>inArray(List.of("float32", "float64")));
    training =
        new Param<>(
            this,
            "training",
            "driver, distributed or auto",
            ParamValidators.<String>inArray(List.of(AUTO, DRIVER, DISTRIBUTED)));
    batchSize =
        new IntParam(this, "batchSize", "rows a step on executors", ParamValidators.gtEq(1));
    numPartitions = new IntParam(this, "numPartitions", "of training", ParamValidators.gtEq(0));
    timeBudget = new LongParam(this, "timeBudget", "of training, seconds", ParamValidators.gtEq(0));
    checkpointDir = new Param<>(this, "checkpointDir", "folder on the driver");
    checkpointInterval =
        new IntParam(this, "checkpointInterval", "steps between", ParamValidators.gtEq(1));
    setDefault(featuresCol, "features");
    setDefault(predictionCol, "log_prob");
    setDefault(recipe, Recipe.NSF.id());
    setDefault(steps, 0L);
    setDefault(maxRows, MOST_ROWS);
    setDefault(seed, 0L);
    setDefault(dtype, "float32");
    setDefault(training, AUTO);
    setDefault(batchSize, BATCH);
    setDefault(numPartitions, 0);
    setDefault(checkpointInterval, CHECKPOINTS);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The parameter of {@link #setFeaturesCol}. */
  public Param<String> featuresCol() {
    return featuresCol;
  }

  /** The parameter of {@link #setContextCol}. */
  public Param<String> contextCol() {
    return contextCol;
  }

  /** The parameter of {@link #setInputCols}. */
  public StringArrayParam inputCols() {
    return inputCols;
  }

  /** The parameter of {@link #setGivenCols}. */
  public StringArrayParam givenCols() {
    return givenCols;
  }

  /** The parameter of {@link #setPredictionCol}. */
  public Param<String> predictionCol() {
    return predictionCol;
  }

  /** The parameter of {@link #setRecipe}. */
  public Param<String> recipe() {
    return recipe;
  }

  /** The parameter of {@link #setSteps}. */
  public LongParam steps() {
    return steps;
  }

  /** The parameter of {@link #setMaxRows}. */
  public LongParam maxRows() {
    return maxRows;
  }

  /** The parameter of {@link #setSeed}. */
  public LongParam seed() {
    return seed;
  }

  /** The parameter of {@link #setDtype}. */
  public Param<String> dtype() {
    return dtype;
  }

  /** The parameter of {@link #setTraining}. */
  public Param<String> training() {
    return training;
  }

  /** The parameter of {@link #setBatchSize}. */
  public IntParam batchSize() {
    return batchSize;
  }

  /** The parameter of {@link #setNumPartitions}. */
  public IntParam numPartitions() {
    return numPartitions;
  }

  /** The parameter of {@link #setTimeBudget}. */
  public LongParam timeBudget() {
    return timeBudget;
  }

  /** The parameter of {@link #setCheckpointDir}. */
  public Param<String> checkpointDir() {
    return checkpointDir;
  }

  /** The parameter of {@link #setCheckpointInterval}. */
  public IntParam checkpointInterval() {
    return checkpointInterval;
  }

  /** Sets the column of vectors. */
  public FlowEstimator setFeaturesCol(String name) {
    set(featuresCol, name);
    return this;
  }

  /** Sets the column of vectors of conditions. */
  public FlowEstimator setContextCol(String name) {
    set(contextCol, name);
    return this;
  }

  /** Sets columns by name in place of vectors, conditions among them. */
  public FlowEstimator setInputCols(String... names) {
    set(inputCols, names);
    return this;
  }

  /** Sets which of the columns by name are conditions. */
  public FlowEstimator setGivenCols(String... names) {
    set(givenCols, names);
    return this;
  }

  /** Sets the column that the trained stage adds log-densities as. */
  public FlowEstimator setPredictionCol(String name) {
    set(predictionCol, name);
    return this;
  }

  /** Sets which flow, such as {@code nsf}, {@code maf} or {@code ffjord}. */
  public FlowEstimator setRecipe(String name) {
    set(recipe, Recipe.of(name).id());
    return this;
  }

  /** Sets the steps of training at most; 0 trains until validation brings no gain. */
  public FlowEstimator setSteps(long most) {
    set(steps.name(), most);
    return this;
  }

  /** Sets the precision of the network, {@code float32} or {@code float64}. */
  public FlowEstimator setDtype(String name) {
    set(dtype, name);
    return this;
  }

  /**
   * Sets where is trained: on the {@code driver}, {@code distributed} on executors, or {@code
   * auto}: on executors where there are more than {@code maxRows}.
   */
  public FlowEstimator setTraining(String where) {
    set(training, where);
    return this;
  }

  /** Sets the rows of a step in training on executors; 64 of them are computed at once. */
  public FlowEstimator setBatchSize(int rows) {
    set(batchSize.name(), rows);
    return this;
  }

  /** Sets in how many partitions executors train; 0 for as many as Spark has cores. */
  public FlowEstimator setNumPartitions(int count) {
    set(numPartitions.name(), count);
    return this;
  }

  /** Sets the seconds after which training ends; 0 for no limit. */
  public FlowEstimator setTimeBudget(long seconds) {
    set(timeBudget.name(), seconds);
    return this;
  }

  /** Sets a folder on the driver for checkpoints of training on executors, which goes on there. */
  public FlowEstimator setCheckpointDir(String folder) {
    set(checkpointDir, folder);
    return this;
  }

  /** Sets the steps between checkpoints. */
  public FlowEstimator setCheckpointInterval(int steps) {
    set(checkpointInterval.name(), steps);
    return this;
  }

  /** Sets how many rows come to the driver at most. */
  public FlowEstimator setMaxRows(long most) {
    set(maxRows.name(), most);
    return this;
  }

  /** Sets the seed. */
  public FlowEstimator setSeed(long value) {
    set(seed.name(), value);
    return this;
  }

  private Inputs inputs(StructType schema) {
    return new Inputs(
            getOrDefault(featuresCol),
            isSet(contextCol) ? getOrDefault(contextCol) : null,
            isSet(inputCols) ? List.of(getOrDefault(inputCols)) : List.of(),
            schema)
        .requireSound();
  }

  /**
   * Trains.
   *
   * @param rows a DataFrame
   * @return the trained stage
   * @throws FjordException SHAPE_MISMATCH or TYPE_MISMATCH, naming the column; NON_FINITE, naming
   *     columns and counts; as {@link FlowModel#fit(Table, FitOptions)}
   */
  @Override
  public FlowModelTransformer fit(Dataset<?> rows) {
    return fit(rows, new TrainingListener[0]);
  }

  FlowModelTransformer fit(Dataset<?> rows, TrainingListener... listeners) {
    transformSchema(rows.schema());
    Dataset<Row> own =
        rows.select(
            inputs(rows.schema()).names().stream().map(functions::col).toArray(Column[]::new));
    Inputs inputs = inputs(own.schema());
    Survey survey = Survey.of(own);
    survey.requireSound();
    FlowModelTransformer stage =
        isDistributed(survey.rows())
            ? onExecutors(own, survey.rows(), inputs, listeners)
            : onDriver(taken(own, survey.rows()), inputs, listeners);
    copyValues(stage, ParamMap.empty());
    return stage.setParent(this);
  }

  private boolean isDistributed(long rows) {
    return switch (getOrDefault(training)) {
      case DISTRIBUTED -> true;
      case AUTO -> rows > (Long) getOrDefault(maxRows);
      default -> false;
    };
  }

  private List<Row> taken(Dataset<Row> rows, long count) {
    long most = (Long) getOrDefault(maxRows);
    long drawn = (Long) getOrDefault(seed);
    Dataset<Row> part = count <= most ? rows : rows.sample((double) most / count, drawn);
    Row[] all = (Row[]) part.collect();
    Arrays.sort(all, new RowOrder());
    return List.of(all);
  }

  private FitOptions options(TrainingListener... listeners) {
    long most = (Long) getOrDefault(steps);
    FitOptions.Builder options =
        FitOptions.builder(Recipe.of(getOrDefault(recipe)).withDtype(getOrDefault(dtype)))
            .steps(most)
            .seed((Long) getOrDefault(seed))
            .listeners(listeners);
    return isSet(timeBudget)
        ? options.timeBudget(Duration.ofSeconds((Long) getOrDefault(timeBudget))).build()
        : options.build();
  }

  private List<String> given() {
    return isSet(givenCols) ? List.of(getOrDefault(givenCols)) : List.of();
  }

  private FlowModelTransformer onDriver(
      List<Row> rows, Inputs inputs, TrainingListener... listeners) {
    DriverTable table = DriverTable.of(inputs, given(), rows);
    try (FlowModel model =
        FlowModel.fit(table.table(), options(listeners).withColumns(table.said()))) {
      return FlowModelTransformer.of(model);
    }
  }

  private FlowModelTransformer onExecutors(
      Dataset<Row> rows, long count, Inputs inputs, TrainingListener... listeners) {
    int chosen = (Integer) getOrDefault(numPartitions);
    ExecutorTraining training =
        new ExecutorTraining(
            options(listeners),
            (Integer) getOrDefault(batchSize),
            chosen == 0 ? rows.sparkSession().sparkContext().defaultParallelism() : chosen,
            isSet(checkpointDir) ? Path.of(getOrDefault(checkpointDir)).resolve(CHECKPOINT) : null,
            (Integer) getOrDefault(checkpointInterval));
    ExecutorTraining.Trained trained = training.train(rows, count, inputs, given());
    try (FlowModel model = trained.model()) {
      return FlowModelTransformer.of(model);
    }
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return FlowModelTransformer.plus(
        inputs(schema).schema(), getOrDefault(predictionCol), DataTypes.DoubleType);
  }

  @Override
  public FlowEstimator copy(ParamMap extra) {
    return copyValues(new FlowEstimator(uid), extra);
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<FlowEstimator> read() {
    return new DefaultParamsReader<>();
  }

  /** Reads what {@link #write} wrote. */
  public static FlowEstimator load(String path) {
    return read().load(path);
  }
}
