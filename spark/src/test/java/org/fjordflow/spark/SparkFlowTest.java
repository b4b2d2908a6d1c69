package org.fjordflow.spark;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.apache.spark.SparkException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.testing.Kernels;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Detection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Flows in pipelines of a Spark that runs in this process with two threads. */
final class SparkFlowTest {
  private static final long SEED = 11;
  private static final int ROWS = 3_000;

  private static SparkSession session;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    session = session("fjord");
  }

  static SparkSession session(String name) {
    SparkSession made =
        SparkSession.builder()
            .master("local[2]")
            .appName(name)
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();
    made.sparkContext().setLogLevel("OFF");
    return made;
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  /** Two numbers that hang together, and one that is in groups of them. */
  private static double[][] rows() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      double x = random.nextGaussian();
      rows[i] = new double[] {x, 10 + x * x + 0.3 * random.nextGaussian(), random.nextInt(4)};
    }
    return rows;
  }

  private static Dataset<Row> vectors(double[][] rows, int partitions) {
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      all.add(RowFactory.create(i, Vectors.dense(rows[i])));
    }
    StructType schema =
        new StructType()
            .add("row", DataTypes.IntegerType)
            .add("features", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
    return session.createDataFrame(all, schema).repartition(partitions);
  }

  private static double[] byRow(Dataset<Row> scored, String column) {
    double[] found = new double[ROWS];
    Row[] all = (Row[]) scored.collect();
    assertEquals(ROWS, all.length);
    Arrays.stream(all).forEach(row -> found[row.<Integer>getAs("row")] = row.<Double>getAs(column));
    return found;
  }

  /** Rows are parts of other batches in each of these. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "FFJORD", "MLP", "MAF", "REALNVP", "PLANAR"})
  void scoresAreThoseOfTheModelWhateverThePartitions(Recipe recipe) {
    double[][] rows = rows();
    FitOptions options = FitOptions.builder(recipe).steps(5).seed(SEED).threads(1).build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      double[] expected = model.logProb(rows);
      FlowModelTransformer stage = FlowModelTransformer.of(model).setBatchSize(700);
      for (int partitions : new int[] {1, 3, 16}) {
        double[] found = byRow(stage.transform(vectors(rows, partitions)), "log_prob");
        boolean byRows = List.of(Recipe.MAF, Recipe.REALNVP).contains(recipe);
        double most = Kernels.rounding(byRows ? 1e-4 : 1e-5);
        assertArrayEquals(expected, found, most, recipe + " in " + partitions);
      }
    }
  }

  @Test
  void trainsByNameInAPipelineThatIsSavedAndReadByTheLibrary() {
    Dataset<Row> rows = table(rows());
    FlowEstimator estimator =
        new FlowEstimator()
            .setInputCols("x", "y", "group")
            .setGivenCols("group")
            .setSteps(40)
            .setSeed(SEED);
    PipelineModel fitted = new Pipeline().setStages(new PipelineStage[] {estimator}).fit(rows);
    String path = folder.resolve("pipeline").toUri().toString();
    assertTrue(assertDoesNotFail(() -> fitted.write().overwrite().save(path)));
    double[] expected = byRow(fitted.transform(rows), "log_prob");
    double[] loaded = byRow(PipelineModel.load(path).transform(rows.repartition(5)), "log_prob");
    assertArrayEquals(expected, loaded, Kernels.rounding(1e-5));
    FlowModelTransformer stage = (FlowModelTransformer) fitted.stages()[0];
    assertEquals(List.of("x", "y"), stage.model().columns());
    Path own = folder.resolve("stage");
    assertTrue(assertDoesNotFail(() -> stage.write().save(own.toUri().toString())));
    assertTrue(Files.isRegularFile(own.resolve("model/model.safetensors")));
    try (FlowModel model = FlowModel.load(own.resolve("model"))) {
      assertEquals(List.of("group"), model.contextColumns());
    }
    // A batch of its own for each row: one has no text at all.
    Dataset<Row> holes =
        rows.withColumn(
            "group", functions.when(rows.col("row").equalTo(3), null).otherwise(rows.col("group")));
    stage.setHandleInvalid("keep").setBatchSize(1);
    double[] kept = byRow(stage.transform(holes), "log_prob");
    assertTrue(Double.isNaN(kept[3]));
    assertEquals(expected[4], kept[4], Kernels.rounding(1e-5));
    // The same rows give the same model however they lie.
    FlowModelTransformer again = estimator.fit(rows.repartition(7));
    assertArrayEquals(expected, byRow(again.transform(rows), "log_prob"), Kernels.rounding(1e-5));
  }

  @Test
  void vectorsWithConditionsAndTheirImagesInTheBase() {
    Dataset<Row> rows =
        new VectorAssembler()
            .setInputCols(new String[] {"number"})
            .setOutputCol("given")
            .transform(
                new VectorAssembler()
                    .setInputCols(new String[] {"x", "y"})
                    .setOutputCol("features")
                    .transform(table(rows())));
    FlowModelTransformer stage =
        new FlowEstimator()
            .setContextCol("given")
            .setRecipe("maf")
            .setSteps(20)
            .fit(rows)
            .setLatentCol("z");
    Row[] scored = (Row[]) stage.transform(rows).collect();
    double[][] data = new double[ROWS][];
    double[][] given = new double[ROWS][];
    double[][] images = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      data[i] = scored[i].<Vector>getAs("features").toArray();
      given[i] = scored[i].<Vector>getAs("given").toArray();
      images[i] = scored[i].<Vector>getAs("z").toArray();
    }
    double[][] expected = stage.model().toBase(data, Context.of(given));
    for (int i = 0; i < ROWS; i++) {
      assertArrayEquals(expected[i], images[i], 1e-4);
    }
  }

  @Test
  void samplesDoNotDependOnPartitions() {
    FitOptions options = FitOptions.builder(Recipe.NSF).steps(5).seed(SEED).threads(1).build();
    Table table = Table.of(List.of("a", "b", "c"), rows());
    try (FlowModel model = FlowModel.fit(table, options)) {
      FlowModelTransformer stage = FlowModelTransformer.of(model);
      int n = 2 * Sampling.BLOCK + 17;
      List<Row> one = stage.sample(session, n, 5, 1).collectAsList();
      List<Row> many = new ArrayList<>(stage.sample(session, n, 5, 3).collectAsList());
      assertEquals(n, one.size());
      assertEquals(one, many);
      assertEquals(List.of("a", "b", "c"), List.of(one.get(0).schema().fieldNames()));
      Collections.shuffle(many, new Random(1));
      assertEquals(n, many.stream().distinct().count(), "blocks have generators of their own");
    }
  }

  @Test
  void whatCannotBeTrainedOnIsCountedByColumn() {
    double[][] rows = rows();
    rows[5][0] = Double.NaN;
    rows[7][0] = Double.POSITIVE_INFINITY;
    rows[9][1] = Double.NaN;
    Dataset<Row> table = table(rows);
    FlowEstimator estimator = new FlowEstimator().setInputCols("x", "y", "group");
    assertFails(
        ErrorKey.NON_FINITE, () -> estimator.fit(table), "of 3000 rows", "'x' in 2", "'y' in 1");
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> new FlowEstimator().fit(table), "no column 'features'");
    assertFails(
        ErrorKey.TYPE_MISMATCH, () -> new FlowEstimator().setFeaturesCol("x").fit(table), "double");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new FlowEstimator().setInputCols("x").setPredictionCol("y").fit(table),
        "'y' already");
  }

  @Test
  void aRowThatCannotBeScoredIsTold() {
    double[][] rows = rows();
    FitOptions options = FitOptions.builder(Recipe.NSF).steps(2).seed(SEED).threads(1).build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      rows[17][1] = Double.NaN;
      FlowModelTransformer stage = FlowModelTransformer.of(model);
      Dataset<Row> scored = stage.transform(vectors(rows, 2));
      Exception told = assertThrows(Exception.class, scored::count);
      assertTrue(told instanceof SparkException || told.getCause() != null, told.toString());
      String message = told + " " + told.getCause();
      assertTrue(message.contains("1 of ") && message.contains("setHandleInvalid"), message);
      double[] kept = byRow(stage.setHandleInvalid("keep").transform(vectors(rows, 2)), "log_prob");
      assertTrue(Double.isNaN(kept[17]) && Double.isFinite(kept[16]));
    }
  }

  /** What a detector says is what it says without Spark, in partitions too. */
  @Test
  void anomaliesAreThoseOfTheDetector() {
    double[][] rows = rows();
    // Ranks decide on the last bits of scores.
    FlowRecipe recipe = Recipe.NSF.withDtype("float64");
    FitOptions options = FitOptions.builder(recipe).steps(20).seed(SEED).threads(1).build();
    try (FlowModel model = FlowModel.fit(Arrays.copyOf(rows, ROWS / 2), options)) {
      Dataset<Row> normal = vectors(Arrays.copyOfRange(rows, ROWS / 2, ROWS), 3);
      FlowModelTransformer plain = FlowModelTransformer.of(model);
      rows[5] = new double[] {30, 30, 30};
      Dataset<Row> all = vectors(rows, 5);
      assertFails(
          ErrorKey.FILE_MISSING,
          () -> FlowModelTransformer.of(model).setAnomalyCol("anomaly").transform(all),
          "not calibrated");
      FlowModelTransformer stage =
          plain
              .calibrated(normal)
              .setAnomalyCol("anomaly")
              .setPValueCol("p")
              .setRankCol("rank")
              .setAlarmRate(0.05)
              .setBatchSize(100);
      Path own = folder.resolve("detector");
      assertTrue(assertDoesNotFail(() -> stage.write().save(own.toUri().toString())));
      try (AnomalyDetector detector = AnomalyDetector.load(own.resolve("model"))) {
        Detection expected = detector.detect(Table.of(rows), Alarm.rate(0.05));
        int[] ranks = expected.ranks();
        Dataset<Row> scored = stage.transform(all);
        assertEquals(
            stage.transformSchema(all.schema()).fieldNames().length, scored.columns().length);
        for (Row row : (Row[]) scored.collect()) {
          int i = row.<Integer>getAs("row");
          assertEquals(expected.pValue()[i], row.<Double>getAs("p"));
          assertEquals(expected.anomaly()[i], row.<Boolean>getAs("anomaly"));
          assertEquals(ranks[i], row.<Integer>getAs("rank"));
        }
        assertEquals(1, ranks[5]);
        // Of normal rows a twentieth is told.
        assertTrue(expected.count() > ROWS / 50 && expected.count() < ROWS / 10);
      }
    }
  }

  /** The better of two recipes is found by the mean log-density of folds. */
  @Test
  void takesPartInCrossValidation() {
    FlowEstimator flow = new FlowEstimator().setRecipe("realnvp").setSeed(SEED);
    ParamMap[] grid =
        new ParamGridBuilder()
            .addGrid(
                flow.steps(),
                scala.jdk.javaapi.CollectionConverters.asScala(List.of((Object) 1L, 50L)))
            .build();
    CrossValidatorModel chosen =
        new CrossValidator()
            .setEstimator(flow)
            .setEstimatorParamMaps(grid)
            .setEvaluator(new MeanLogProb())
            .setNumFolds(2)
            .setSeed(SEED)
            .fit(vectors(Arrays.copyOf(rows(), 600), 2));
    double[] metrics = chosen.avgMetrics();
    assertTrue(metrics[1] > metrics[0] + 0.5, Arrays.toString(metrics));
    assertTrue(chosen.bestModel() instanceof FlowModelTransformer);
  }

  /** The mean log-density. */
  private static final class MeanLogProb extends Evaluator {
    private static final long serialVersionUID = 1;

    @Override
    public String uid() {
      return "meanLogProb";
    }

    @Override
    public double evaluate(Dataset<?> rows) {
      return rows.agg(functions.avg("log_prob")).first().getDouble(0);
    }

    @Override
    public Evaluator copy(ParamMap extra) {
      return this;
    }
  }

  private static Dataset<Row> table(double[][] rows) {
    List<Row> all = new ArrayList<>();
    Map<Integer, String> names = new HashMap<>();
    for (int g = 0; g < 4; g++) {
      names.put(g, List.of("red", "green", "blue", "grey").get(g));
    }
    for (int i = 0; i < rows.length; i++) {
      all.add(
          RowFactory.create(i, rows[i][0], rows[i][1], names.get((int) rows[i][2]), rows[i][2]));
    }
    StructType schema =
        new StructType()
            .add("row", DataTypes.IntegerType)
            .add("x", DataTypes.DoubleType)
            .add("y", DataTypes.DoubleType)
            .add("group", DataTypes.StringType)
            .add("number", DataTypes.DoubleType);
    return session.createDataFrame(all, schema);
  }

  /** What may throw. */
  @FunctionalInterface
  private interface Action {
    void run() throws Exception;
  }

  private static boolean assertDoesNotFail(Action action) {
    try {
      action.run();
      return true;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
