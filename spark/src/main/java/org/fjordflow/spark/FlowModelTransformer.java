package org.fjordflow.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.DetectorOptions;

/**
 * A flow as a stage of Spark's pipelines: adds log-densities to the rows of a DataFrame, in nats
 * and in the units of the data. The model is broadcast once, at the first {@link #transform}, and
 * loaded once an executor process.
 *
 * <p>Parameters: {@code featuresCol} (vectors; default {@code features}) and {@code contextCol}
 * (vectors of conditions); or {@code inputCols}, columns by the names that the model was trained
 * with, texts among them. {@code predictionCol} (default {@code log_prob}). {@code latentCol}, the
 * images in the base, where it is set. Of a calibrated model, where they are set: {@code
 * anomalyCol}, {@code pValueCol}, {@code rankCol}, with {@code alarmRate} (default 0.01). {@code
 * handleInvalid}: {@code error}, the default, ends the job at a row that cannot be scored, {@code
 * keep} gives it NaN. {@code batchSize}: rows at once.
 */
public final class FlowModelTransformer extends Model<FlowModelTransformer> implements MLWritable {
  private static final long serialVersionUID = 1;

  private static final String ERROR = "error";
  private static final String KEEP = "keep";
  private static final int BATCH = 4_096;
  private static final double ALARMS = 0.01;

  /** Columns that a detector fills, before they get their names. */
  private static final String ANOMALY = "__fjord_anomaly";

  private static final String P_VALUE = "__fjord_p";
  private static final String SCORE = "__fjord_score";

  /** Normal rows that a detector is calibrated by, on the driver. */
  private static final double HELD_OUT = 10_000;

  private final String uid;
  private final SparkModel model;
  private final Param<String> featuresCol;
  private final Param<String> contextCol;
  private final StringArrayParam inputCols;
  private final Param<String> predictionCol;
  private final Param<String> latentCol;
  private final Param<String> handleInvalid;
  private final IntParam batchSize;
  private final Param<String> anomalyCol;
  private final Param<String> pValueCol;
  private final Param<String> rankCol;
  private final DoubleParam alarmRate;

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
    anomalyCol = new Param<>(this, "anomalyCol", "column that says whether a row is told");
    pValueCol = new Param<>(this, "pValueCol", "column of conformal p-values");
    rankCol = new Param<>(this, "rankCol", "column of ranks, 1 for the least normal row");
    alarmRate =
        new DoubleParam(
            this,
            "alarmRate",
            "of normal rows that are told",
            ParamValidators.inRange(
                0, 1, /* lowerInclusive= */ false, /* upperInclusive= */ false));
    setDefault(featuresCol, "features");
    setDefault(alarmRate, ALARMS);
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
    return new FlowModelTransformer(newName(), SparkModel.of(model));
  }

  /**
   * A stage with the model of a folder that {@code fjord train} or {@link FlowModel#save} wrote,
   * and with its calibration where {@code fjord detect} wrote one.
   *
   * @param folder on the driver
   * @throws FjordException as {@link FlowModel#load(Path)}
   */
  public static FlowModelTransformer fromFolder(Path folder) {
    if (Files.isRegularFile(folder.resolve(AnomalyDetector.FILE))) {
      try (AnomalyDetector detector = AnomalyDetector.load(folder)) {
        return new FlowModelTransformer(newName(), SparkModel.of(detector));
      }
    }
    try (FlowModel model = FlowModel.load(folder)) {
      return of(model);
    }
  }

  private static String newName() {
    return Identifiable$.MODULE$.randomUID("flowModel");
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

  /** The parameter of {@link #setAnomalyCol}. */
  public Param<String> anomalyCol() {
    return anomalyCol;
  }

  /** The parameter of {@link #setPValueCol}. */
  public Param<String> pValueCol() {
    return pValueCol;
  }

  /** The parameter of {@link #setRankCol}. */
  public Param<String> rankCol() {
    return rankCol;
  }

  /** The parameter of {@link #setAlarmRate}. */
  public DoubleParam alarmRate() {
    return alarmRate;
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

  /**
   * Sets the column that says whether a row is told as an anomaly; for a {@linkplain #calibrated
   * calibrated} model.
   */
  public FlowModelTransformer setAnomalyCol(String name) {
    set(anomalyCol, name);
    return this;
  }

  /** Sets the column of conformal p-values, small for anomalies; for a calibrated model. */
  public FlowModelTransformer setPValueCol(String name) {
    set(pValueCol, name);
    return this;
  }

  /**
   * Sets the column of ranks, 1 for the row that is least like normal ones; for a calibrated model.
   * Ranks are of all rows: Spark sorts them in one partition.
   */
  public FlowModelTransformer setRankCol(String name) {
    set(rankCol, name);
    return this;
  }

  /** Sets what share of normal rows may be told as anomalies. */
  public FlowModelTransformer setAlarmRate(double rate) {
    set(alarmRate.name(), rate);
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
    StructType wider =
        plus(inputs(schema).schema(), getOrDefault(predictionCol), DataTypes.DoubleType);
    wider =
        isSet(latentCol) ? plus(wider, getOrDefault(latentCol), SQLDataTypes.VectorType()) : wider;
    wider =
        isSet(anomalyCol) ? plus(wider, getOrDefault(anomalyCol), DataTypes.BooleanType) : wider;
    wider = isSet(pValueCol) ? plus(wider, getOrDefault(pValueCol), DataTypes.DoubleType) : wider;
    return isSet(rankCol) ? plus(wider, getOrDefault(rankCol), DataTypes.IntegerType) : wider;
  }

  private boolean detects() {
    return isSet(anomalyCol) || isSet(pValueCol) || isSet(rankCol);
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
    if (detects()) {
      model.detector().calibration().requireReachable((Double) getOrDefault(alarmRate));
    }
    Scoring scoring =
        new Scoring(
            model.on(rows.sparkSession().sparkContext()),
            inputs(rows.schema()),
            isSet(latentCol),
            detects() ? (Double) getOrDefault(alarmRate) : 0,
            getOrDefault(handleInvalid).equals(KEEP),
            (Integer) getOrDefault(batchSize));
    if (!detects()) {
      return rows.toDF().mapPartitions(scoring, Encoders.row(schema));
    }
    int own = rows.schema().size() + (isSet(latentCol) ? 2 : 1);
    StructType made =
        new StructType(Arrays.copyOf(schema.fields(), own))
            .add(ANOMALY, DataTypes.BooleanType, false)
            .add(P_VALUE, DataTypes.DoubleType, false)
            .add(SCORE, DataTypes.DoubleType, false);
    return named(rows.toDF().mapPartitions(scoring, Encoders.row(made)));
  }

  private Dataset<Row> named(Dataset<Row> scored) {
    Dataset<Row> all = scored;
    if (isSet(anomalyCol)) {
      all = all.withColumn(getOrDefault(anomalyCol), functions.col(ANOMALY));
    }
    if (isSet(pValueCol)) {
      all = all.withColumn(getOrDefault(pValueCol), functions.col(P_VALUE));
    }
    if (isSet(rankCol)) {
      // For Spark, NaN is greater than all numbers.
      Column score = functions.nanvl(functions.col(SCORE), functions.lit(Double.NEGATIVE_INFINITY));
      all =
          all.withColumn(
              getOrDefault(rankCol), functions.rank().over(Window.orderBy(score.desc())));
    }
    return all.drop(ANOMALY, P_VALUE, SCORE);
  }

  /**
   * Returns the same stage with a calibration, so that it tells anomalies: normal rows say what a
   * score is worth. At most 10,000 of them, chosen by their values, come to the driver.
   *
   * @param normal rows that the model was not trained on
   * @throws FjordException as {@link AnomalyDetector#of}
   */
  public FlowModelTransformer calibrated(Dataset<?> normal) {
    Inputs inputs = inputs(normal.schema());
    Dataset<Row> own =
        normal.select(inputs.names().stream().map(functions::col).toArray(Column[]::new));
    Survey survey = Survey.of(own);
    survey.requireSound();
    double part = HELD_OUT / survey.rows();
    List<Row> held =
        new ArrayList<>(
            own.toJavaRDD().filter(row -> RowKey.place(RowKey.of(row, 0)) < part).collect());
    held.sort(new RowOrder());
    AnomalyDetector detector =
        AnomalyDetector.of(
            model(), inputs(own.schema()).whole(model(), held), DetectorOptions.standard());
    FlowModelTransformer copied = new FlowModelTransformer(uid, SparkModel.of(detector));
    copyValues(copied, ParamMap.empty());
    return hasParent() ? copied.setParent(parent()) : copied;
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
        .flatMap(
            new Sampling(model.on(session.sparkContext()), n, seed),
            Encoders.row(Sampling.schema(model())));
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
    return new StageFiles.Writer(this);
  }

  /** Reads what {@link #write} wrote. */
  public static MLReader<FlowModelTransformer> read() {
    return new StageFiles.Reader();
  }

  /** Reads what {@link #write} wrote. */
  public static FlowModelTransformer load(String path) {
    return read().load(path);
  }
}
