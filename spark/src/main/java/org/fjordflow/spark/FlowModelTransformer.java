package org.fjordflow.spark;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.FlowModel;
import scala.reflect.ClassTag$;

/**
 * A flow as a stage of Spark's pipelines: adds log-densities to the rows of a DataFrame, in nats
 * and in the units of the data. The model is broadcast once a {@link #transform}, and loaded once
 * an executor process.
 *
 * <p>Parameters: {@code featuresCol} (vectors; default {@code features}) and {@code contextCol}
 * (vectors of conditions); or {@code inputCols}, columns by the names that the model was trained
 * with, texts among them. {@code predictionCol} (default {@code log_prob}). {@code latentCol}, the
 * images in the base, where it is set. {@code handleInvalid}: {@code error}, the default, ends the
 * job at a row that cannot be scored, {@code keep} gives it NaN. {@code batchSize}: rows at once.
 */
public final class FlowModelTransformer extends Model<FlowModelTransformer> implements MLWritable {
  private static final long serialVersionUID = 1;

  private static final String ERROR = "error";
  private static final String KEEP = "keep";
  private static final int BATCH = 4_096;

  private final String uid;
  private final SparkModel model;
  private final Param<String> featuresCol;
  private final Param<String> contextCol;
  private final StringArrayParam inputCols;
  private final Param<String> predictionCol;
  private final Param<String> latentCol;
  private final Param<String> handleInvalid;
  private final IntParam batchSize;

  FlowModelTransformer(String uid, SparkModel model) {
    this.uid = uid;
    this.model = model;
    featuresCol = new Param<>(this, "featuresCol", "column of vectors");
    contextCol = new Param<>(this, "contextCol", "column of vectors of conditions");
    inputCols = new StringArrayParam(this, "inputCols", "columns by name, in place of vectors");
    predictionCol = new Param<>(this, "predictionCol", "column of log-densities");
    latentCol = new Param<>(this, "latentCol", "column of images in the base");
    handleInvalid =
        new Param<>(
            this,
            "handleInvalid",
            "error or keep",
            ParamValidators.<String>inArray(List.of(ERROR, KEEP)));
    batchSize = new IntParam(this, "batchSize", "rows at once", ParamValidators.gtEq(1));
    setDefault(featuresCol, "features");
    setDefault(predictionCol, "log_prob");
    setDefault(handleInvalid, ERROR);
    setDefault(batchSize, BATCH);
  }

  /**
   * A stage with a model.
   *
   * @param model copied
   */
  public static FlowModelTransformer of(FlowModel model) {
    return new FlowModelTransformer(
        Identifiable$.MODULE$.randomUID("flowModel"), SparkModel.of(model));
  }

  /**
   * A stage with the model of a folder that {@code fjord train} or {@link FlowModel#save} wrote.
   *
   * @param folder on the driver
   * @throws FjordException as {@link FlowModel#load(Path)}
   */
  public static FlowModelTransformer fromFolder(Path folder) {
    try (FlowModel model = FlowModel.load(folder)) {
      return of(model);
    }
  }

  @Override
  public String uid() {
    return uid;
  }

  /** Returns the model on the driver; nobody closes it. */
  public FlowModel model() {
    return model.model();
  }

  SparkModel shared() {
    return model;
  }

  // Parameters, as Spark finds them

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

  /** The parameter of {@link #setPredictionCol}. */
  public Param<String> predictionCol() {
    return predictionCol;
  }

  /** The parameter of {@link #setLatentCol}. */
  public Param<String> latentCol() {
    return latentCol;
  }

  /** The parameter of {@link #setHandleInvalid}. */
  public Param<String> handleInvalid() {
    return handleInvalid;
  }

  /** The parameter of {@link #setBatchSize}. */
  public IntParam batchSize() {
    return batchSize;
  }

  /** Sets the column of vectors. */
  public FlowModelTransformer setFeaturesCol(String name) {
    set(featuresCol, name);
    return this;
  }

  /** Sets the column of vectors of conditions. */
  public FlowModelTransformer setContextCol(String name) {
    set(contextCol, name);
    return this;
  }

  /** Sets columns by name in place of vectors. */
  public FlowModelTransformer setInputCols(String... names) {
    set(inputCols, names);
    return this;
  }

  /** Sets the column that log-densities are added as. */
  public FlowModelTransformer setPredictionCol(String name) {
    set(predictionCol, name);
    return this;
  }

  /** Sets the column that images in the base are added as. */
  public FlowModelTransformer setLatentCol(String name) {
    set(latentCol, name);
    return this;
  }

  /** Sets what a row has that cannot be scored: {@code error} or {@code keep}. */
  public FlowModelTransformer setHandleInvalid(String way) {
    set(handleInvalid, way);
    return this;
  }

  /** Sets how many rows are scored at once. */
  public FlowModelTransformer setBatchSize(int rows) {
    set(batchSize.name(), rows);
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

  // Transforming

  @Override
  public StructType transformSchema(StructType schema) {
    StructType wider = plus(inputs(schema).schema(), getOrDefault(predictionCol), DataTypes.DoubleType);
    return isSet(latentCol)
        ? plus(wider, getOrDefault(latentCol), SQLDataTypes.VectorType())
        : wider;
  }

  static StructType plus(StructType schema, String name, DataType type) {
    if (List.of(schema.fieldNames()).contains(name)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "there is a column '%s' already; choose another name for what is added".formatted(name));
    }
    return schema.add(DataTypes.createStructField(name, type, false));
  }

  /**
   * Adds log-densities.
   *
   * @param rows a DataFrame
   * @return the same rows with one column more, or two
   * @throws FjordException SHAPE_MISMATCH or TYPE_MISMATCH, naming the column; a row that cannot be
   *     scored ends the job that asks for it
   */
  @Override
  public Dataset<Row> transform(Dataset<?> rows) {
    StructType schema = transformSchema(rows.schema());
    Broadcast<SparkModel> everywhere = broadcast(rows.sparkSession());
    Scoring scoring =
        new Scoring(
            everywhere,
            inputs(rows.schema()),
            isSet(latentCol),
            getOrDefault(handleInvalid).equals(KEEP),
            (Integer) getOrDefault(batchSize));
    return rows.toDF().mapPartitions(scoring, Encoders.row(schema));
  }

  private Broadcast<SparkModel> broadcast(SparkSession session) {
    return session.sparkContext().broadcast(model, ClassTag$.MODULE$.apply(SparkModel.class));
  }

  /**
   * Draws samples on executors. The same seed gives the same rows, whatever the partitions.
   *
   * @param session where to
   * @param n how many, at least 0
   * @param seed of all
   * @param partitions at least 1
   * @return n rows of the model's columns
   */
  public Dataset<Row> sample(SparkSession session, long n, long seed, int partitions) {
    long blocks = (n + Sampling.BLOCK - 1) / Sampling.BLOCK;
    return session
        .range(0, blocks, 1, partitions)
        .flatMap(new Sampling(broadcast(session), n, seed), Encoders.row(Sampling.schema(model())));
  }

  // Copies and files

  @Override
  public FlowModelTransformer copy(ParamMap extra) {
    FlowModelTransformer copied = new FlowModelTransformer(uid, model);
    copyValues(copied, extra);
    return hasParent() ? copied.setParent(parent()) : copied;
  }

  /** Writes Spark's metadata, and the model's folder as {@code model}, which the command reads. */
  @Override
  public MLWriter write() {
    return new Files.Writer(this);
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<FlowModelTransformer> read() {
    return new Files.Reader();
  }

  /** Reads what {@link #write} wrote. */
  public static FlowModelTransformer load(String path) {
    return read().load(path);
  }
}
