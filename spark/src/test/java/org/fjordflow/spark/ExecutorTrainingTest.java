package org.fjordflow.spark;

import static org.apache.spark.ml.functions.vector_to_array;
import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.GradientSums;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training whose gradients are summed up on executors. */
final class ExecutorTrainingTest {
  private static final long SEED = 3;
  private static final int ROWS = 4_000;
  private static final int BATCH = 512;
  private static final int STEPS = 200;
  private static final int FEW_STEPS = 30;

  private static SparkSession session;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    session = SparkFlowTest.session("training");
  }

  @AfterAll
  static void stop() {
    session.stop();
  }

  private static double[][] rows() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      double x = random.nextGaussian();
      rows[i] = new double[] {x, 10 + x * x + 0.3 * random.nextGaussian()};
    }
    return rows;
  }

  private static Dataset<Row> vectors(double[][] rows) {
    List<Row> all = new ArrayList<>();
    for (double[] row : rows) {
      all.add(RowFactory.create(Vectors.dense(row)));
    }
    return session.createDataFrame(
        all, new StructType().add("features", SQLDataTypes.VectorType()));
  }

  /** Keeps the loss of each step. */
  private static final class Losses implements TrainingListener {
    private final List<Double> all = new ArrayList<>();

    @Override
    public void step(StepMetrics metrics) {
      all.add(metrics.loss());
    }

    double[] values() {
      return all.stream().mapToDouble(loss -> loss).toArray();
    }
  }

  private static FlowEstimator estimator(Recipe recipe, String dtype, int steps, int partitions) {
    return new FlowEstimator()
        .setRecipe(recipe.id())
        .setDtype(dtype)
        .setTraining("distributed")
        .setBatchSize(BATCH)
        .setSteps(steps)
        .setSeed(SEED)
        .setNumPartitions(partitions);
  }

  private static ExecutorTraining training(
      Recipe recipe, String dtype, int steps, TrainingListener listener) {
    FitOptions options =
        FitOptions.builder(recipe.withDtype(dtype))
            .steps(steps)
            .seed(SEED)
            .listeners(listener)
            .build();
    return new ExecutorTraining(options, BATCH, 1, null, 1);
  }

  /** The rows as shards hold them, made without Spark. */
  private static double[][][] shards(double[][] rows, double from, int count) {
    double[][][] shards = new double[count][][];
    for (int shard = 0; shard < count; shard++) {
      int own = shard;
      shards[shard] =
          Arrays.stream(rows)
              .filter(row -> RowKey.place(key(row)) >= from)
              .filter(row -> Long.remainderUnsigned(RowKey.mix(key(row)), count) == own)
              .sorted(Comparator.comparingLong(ExecutorTrainingTest::key))
              .toArray(double[][]::new);
    }
    return shards;
  }

  private static long key(double[] row) {
    return RowKey.of(RowFactory.create(Vectors.dense(row)), SEED);
  }

  private static BatchRows batches(double[][][] shards) {
    long[] offsets = new long[shards.length + 1];
    for (int i = 0; i < shards.length; i++) {
      offsets[i + 1] = offsets[i] + shards[i].length;
    }
    return new BatchRows(offsets, BATCH, SEED);
  }

  /** What a trainer on one machine has as losses, of the same rows in one batch. */
  private static double[] onOneMachine(Recipe recipe, String dtype, int steps, double[][] rows) {
    Losses losses = new Losses();
    ExecutorTraining training = training(recipe, dtype, steps, losses);
    Planning planning = planning(training, rows);
    double[][][] shards = shards(rows, planning.from(), training.shards());
    double[][] all = Arrays.stream(shards).flatMap(Arrays::stream).toArray(double[][]::new);
    BatchRows batches = batches(shards);
    try (FlowModel model = training.begun(planning)) {
      TrainerConfig config = training.config(model.config(), all.length, true);
      model
          .training(
              config,
              (step, size, streams) ->
                  Batch.of(
                      LongStream.of(batches.of(step))
                          .mapToObj(row -> all[(int) row])
                          .toArray(double[][]::new)),
              model.validation(Objects.requireNonNull(planning.validation())),
              List.of(losses))
          .run();
    }
    return losses.values();
  }

  /** The same of a trainer that adds up shards, which a continuous flow solves one by one. */
  private static double[] shardByShard(Recipe recipe, String dtype, int steps, double[][] rows) {
    Losses losses = new Losses();
    ExecutorTraining training = training(recipe, dtype, steps, losses);
    Planning planning = planning(training, rows);
    double[][][] shards = shards(rows, planning.from(), training.shards());
    BatchRows batches = batches(shards);
    try (FlowModel model = training.begun(planning);
        FlowModel copy = training.begun(planning)) {
      TrainerConfig config = training.config(model.config(), (long) ROWS, true);
      GradientSums sums = copy.gradientSums(SEED);
      model
          .training(
              config,
              (step, gradient) -> {
                sums.advance(step, model.parameters().get());
                Arrays.fill(gradient, 0);
                double loss = 0;
                int[][] indices = batches.byShard(step);
                for (int id = 0; id < shards.length; id++) {
                  int shard = id;
                  Batch batch =
                      Batch.of(
                          IntStream.of(indices[id])
                              .mapToObj(i -> shards[shard][i])
                              .toArray(double[][]::new));
                  long draws = StepTask.draws(step, id, shards.length);
                  loss += sums.add(step, batch, draws, gradient);
                }
                Arrays.setAll(gradient, i -> gradient[i] / BATCH);
                return loss / BATCH;
              },
              model.validation(Objects.requireNonNull(planning.validation())),
              List.of(losses))
          .run();
    }
    return losses.values();
  }

  private static Planning planning(ExecutorTraining training, double[][] rows) {
    return Planning.of(
        vectors(rows),
        rows.length,
        new Inputs("features", null, List.of(), vectors(rows).schema()),
        List.of(),
        training.options());
  }

  private static void assertSameInPartitions(
      double[] expected, Recipe recipe, String dtype, double[][] rows, int... counts) {
    int steps = expected.length;
    assertTrue(expected[steps - 1] < expected[0], "it learns");
    for (int partitions : steps == STEPS ? counts : new int[] {2}) {
      Losses losses = new Losses();
      FlowEstimator estimator = estimator(recipe, dtype, steps, partitions);
      // The partitions that rows come in, and their order, are others too.
      estimator.fit(vectors(rows).repartition(9 - partitions), losses);
      double[] found = losses.values();
      assertEquals(steps, found.length);
      for (int i = 0; i < steps; i++) {
        assertEquals(
            expected[i],
            found[i],
            1e-5 * Math.abs(expected[i]),
            "%s in %d, step %d".formatted(recipe, partitions, i + 1));
      }
    }
  }

  /**
   * The same rows in one batch. In float64 the order of sums decides on nothing within so many
   * steps of maf; splines magnify what it decides on some hundredfold in ten.
   */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "MAF"})
  void lossesAreThoseOfATrainerOnOneMachine(Recipe recipe) {
    double[][] rows = rows();
    int steps = recipe == Recipe.MAF ? STEPS : FEW_STEPS;
    double[] expected = onOneMachine(recipe, "float64", steps, rows);
    assertEquals(steps, expected.length);
    assertSameInPartitions(expected, recipe, "float64", rows, 1, 2, 8);
  }

  /** Shards are solved and rounded by themselves, wherever they are. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "FFJORD"})
  void lossesDoNotDependOnPartitions(Recipe recipe) {
    double[][] rows = rows();
    int steps = recipe == Recipe.NSF ? STEPS : FEW_STEPS;
    double[] expected = shardByShard(recipe, "float32", steps, rows);
    assertEquals(steps, expected.length);
    assertSameInPartitions(expected, recipe, "float32", rows, 1, 8);
  }

  private static Dataset<Row> table() {
    Column cells = vector_to_array(functions.col("features"), "float64");
    return vectors(rows()).select(cells.getItem(0).as("x"), cells.getItem(1).as("y"));
  }

  /** Texts of which the driver sees none among the rows it looks at are known all the same. */
  @Test
  void kindsOfColumnsAndRareTexts() {
    Dataset<Row> rows =
        table()
            .withColumn(
                "group",
                functions
                    .when(functions.col("x").gt(3.2), "rare")
                    .when(functions.col("x").gt(0), "red")
                    .otherwise("green"));
    assertTrue(rows.filter("group = 'rare'").count() > 0);
    FlowModelTransformer flow =
        estimator(Recipe.MAF, "float32", FEW_STEPS, 2)
            .setInputCols("x", "y", "group")
            .setGivenCols("group")
            .fit(rows);
    assertEquals(List.of("x", "y"), flow.model().columns());
    assertEquals(List.of("group"), flow.model().contextColumns());
    assertEquals(ROWS, flow.transform(rows).filter("log_prob > -1000").count());
  }

  /** Ended after half of the steps, and gone on with: the same values as without an end. */
  @Test
  void checkpointsAreGoneOnWith() {
    Dataset<Row> rows = vectors(rows());
    FlowEstimator estimator =
        estimator(Recipe.MAF, "float32", FEW_STEPS, 2)
            .setCheckpointDir(folder.toString())
            .setCheckpointInterval(5);
    double[] expected =
        estimator(Recipe.MAF, "float32", FEW_STEPS, 2).fit(rows).model().parameters().get();
    estimator.setSteps(FEW_STEPS / 2).fit(rows);
    Losses rest = new Losses();
    FlowModelTransformer gone = estimator.setSteps(FEW_STEPS).fit(rows, rest);
    assertEquals(FEW_STEPS - FEW_STEPS / 2, rest.values().length);
    assertArrayEquals(expected, gone.model().parameters().get());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> estimator.fit(rows.limit(ROWS - 1)),
        "other rows",
        "spark.rows=" + ROWS);
    double[][] others = rows();
    others[7][1] += 1e-9;
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> estimator.fit(vectors(others)), "other rows", "values");
  }

  @Test
  void everyRowComesOnceAPass() {
    int rows = 1_000;
    BatchRows batches = new BatchRows(new long[] {0, 0, 300, 300, rows}, 50, SEED);
    List<Long> passes = new ArrayList<>();
    for (int step = 1; step <= 40; step++) {
      int[][] byShard = batches.byShard(step);
      assertEquals(0, byShard[0].length + byShard[2].length);
      long[] all = batches.of(step);
      LongStream.of(all).forEach(passes::add);
      assertArrayEquals(
          LongStream.of(all).filter(row -> row >= 300).map(row -> row - 300).toArray(),
          IntStream.of(byShard[3]).asLongStream().toArray());
    }
    for (List<Long> pass : List.of(passes.subList(0, rows), passes.subList(rows, 2 * rows))) {
      assertEquals(LongStream.range(0, rows).boxed().toList(), pass.stream().sorted().toList());
    }
    assertTrue(!passes.subList(0, rows).equals(passes.subList(rows, 2 * rows)), "another order");
  }
}
