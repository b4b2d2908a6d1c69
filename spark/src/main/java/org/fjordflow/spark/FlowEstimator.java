package org.fjordflow.spark;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
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
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TableOptions;

/**
 * Trains a flow on the rows of a DataFrame. All rows are looked at on executors, and refused by
 * column and count where they cannot be trained on; then at most {@code maxRows} of them, drawn at
 * random, come to the driver, which trains as {@link FlowModel#fit} does. The same rows give the
 * same model however they are partitioned, as long as all of them are taken.
 *
 * <p>Parameters: {@code featuresCol} (vectors; default {@code features}) and {@code contextCol}
 * (vectors of conditions); or {@code inputCols}, columns by name, of which {@code givenCols} are
 * conditions. {@code recipe} (default {@code nsf}), {@code steps} (0: until validation brings no
 * gain), {@code maxRows} (default 1,000,000), {@code seed}, {@code predictionCol}.
 */
public final class FlowEstimator extends Estimator<FlowModelTransformer>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1;

  private static final long MOST_ROWS = 1_000_000;

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
    setDefault(featuresCol, "features");
    setDefault(predictionCol, "log_prob");
    setDefault(recipe, Recipe.NSF.id());
    setDefault(steps, 0L);
    setDefault(maxRows, MOST_ROWS);
    setDefault(seed, 0L);
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

  private Inputs inputs() {
    return new Inputs(
        getOrDefault(featuresCol),
        isSet(contextCol) ? getOrDefault(contextCol) : null,
        isSet(inputCols) ? List.of(getOrDefault(inputCols)) : List.of());
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
    transformSchema(rows.schema());
    Inputs inputs = inputs();
    Dataset<Row> own =
        rows.select(inputs.names().stream().map(functions::col).toArray(Column[]::new));
    Survey survey = Survey.of(own);
    survey.requireSound();
    List<Row> taken = taken(own, survey.rows());
    try (FlowModel model =
        inputs.byName() ? fitColumns(inputs, taken) : fitVectors(inputs, taken)) {
      FlowModelTransformer stage = FlowModelTransformer.of(model);
      copyValues(stage, ParamMap.empty());
      return stage.setParent(this);
    }
  }

  private List<Row> taken(Dataset<Row> rows, long count) {
    long most = (Long) getOrDefault(maxRows);
    long drawn = (Long) getOrDefault(seed);
    Dataset<Row> part = count <= most ? rows : rows.sample((double) most / count, drawn);
    Row[] all = (Row[]) part.collect();
    Arrays.sort(all, new RowOrder());
    return List.of(all);
  }

  private FitOptions.Builder options() {
    return FitOptions.builder(Recipe.of(getOrDefault(recipe)))
        .steps((Long) getOrDefault(steps))
        .seed((Long) getOrDefault(seed));
  }

  private FlowModel fitColumns(Inputs inputs, List<Row> rows) {
    TableOptions said = TableOptions.standard();
    said = isSet(givenCols) ? said.withGiven(List.of(getOrDefault(givenCols))) : said;
    return FlowModel.fit(inputs.table(rows), options().columns(said).build());
  }

  private FlowModel fitVectors(Inputs inputs, List<Row> rows) {
    double[][] data = inputs.features(rows, 0);
    double[][] given = isSet(contextCol) ? inputs.context(rows, 0) : new double[data.length][0];
    List<String> names = names("x", data[0].length);
    List<String> conditions = names("given", given[0].length);
    double[][] all = new double[data.length][];
    Arrays.setAll(all, i -> concat(data[i], given[i]));
    TableOptions said = TableOptions.standard().withGiven(conditions);
    List<String> columns = Stream.concat(names.stream(), conditions.stream()).toList();
    for (String name : columns) {
      said = said.withKind(name, Kind.REAL);
    }
    return FlowModel.fit(Table.of(columns, all), options().columns(said).build());
  }

  private static List<String> names(String prefix, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(j -> prefix + j).toList();
  }

  private static double[] concat(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    inputs().require(schema);
    return FlowModelTransformer.plus(schema, getOrDefault(predictionCol), DataTypes.DoubleType);
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
