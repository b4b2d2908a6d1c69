package org.fjordflow.sparkexamples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.FlowModel;
import org.fjordflow.spark.FlowEstimator;
import org.fjordflow.spark.FlowModelTransformer;

/** Rows a second that are scored and trained on, with Spark and without. */
public final class Throughput {

  private static final int ROUNDS = 10;

  /** Passes before those that count: the JVM of an executor compiles during the first ones. */
  private static final int WARM_UP = 5;

  private static final int FEW = 10;
  private static final int MANY = 110;
  private static final int BATCH = 4_096;

  private Throughput() {}

  /**
   * Measures, and prints a row of a table.
   *
   * @param args rows (1,000,000)
   */
  public static void main(String[] args) throws IOException {
    int rows = args.length == 0 ? 1_000_000 : Integer.parseInt(args[0]);
    try (SparkSession session = SparkSession.builder().appName("throughput").getOrCreate()) {
      session.sparkContext().setLogLevel("OFF");
      measure(session, rows);
    }
  }

  private static void measure(SparkSession session, int rows) throws IOException {
    int cores = session.sparkContext().defaultParallelism();
    Dataset<Row> all = SixColumns.of(session, rows, 4 * cores).persist(StorageLevel.MEMORY_ONLY());
    long unused = all.count();
    double[][] plain = SixColumns.rows(rows);
    FlowModelTransformer flow =
        new FlowEstimator().setTraining("driver").setMaxRows(20_000).setSteps(20).fit(all);
    Path folder = Files.createTempDirectory("throughput");
    flow.write().overwrite().save(folder.toUri().toString());
    double alone = Double.POSITIVE_INFINITY;
    double spark = Double.POSITIVE_INFINITY;
    double step;
    try (FlowModel model = FlowModel.load(folder.resolve("model"), spec -> spec, cores)) {
      for (int round = -WARM_UP; round < ROUNDS; round++) {
        double plainly = seconds(() -> model.logProb(plain));
        double inSpark = seconds(() -> scored(flow.transform(all)));
        if (round >= 0) {
          alone = Math.min(alone, plainly);
          spark = Math.min(spark, inSpark);
        }
      }
      step = (steps(model, plain, MANY) - steps(model, plain, FEW)) / (MANY - FEW);
    }
    Step sparks = step(all);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %d | %d | %.0f %% | %.0f | %.0f | %s |%n",
        session.sparkContext().master().replaceAll("spark:.*", "cluster of 2 workers"),
        cores,
        Math.round(rows / alone),
        Math.round(rows / spark),
        100 * (spark / alone - 1),
        1e3 * step,
        1e3 * sparks.seconds,
        sparks.bytes < 0 ? "" : "%.2f MB".formatted(1e-6 * sparks.bytes));
  }

  /** Makes all rows, and drops them. */
  private static void scored(Dataset<Row> rows) {
    rows.write().format("noop").mode("overwrite").save();
  }

  private static double steps(FlowModel model, double[][] rows, int steps) {
    TrainerConfig config = TrainerConfig.of(steps, BATCH, 1);
    BatchSource batches = BatchSource.shuffled(Batch.of(rows));
    return seconds(() -> model.training(config, batches, null, List.of()).run());
  }

  /** A step of training. */
  private record Step(double seconds, double bytes) {}

  /** What more steps take beyond few: neither the dealing of rows nor the first validation. */
  private static Step step(Dataset<Row> rows) throws IOException {
    double[] seconds = new double[2];
    double[] bytes = new double[2];
    // The first run warms up.
    for (int run = -1; run < 2; run++) {
      FlowEstimator estimator =
          new FlowEstimator()
              .setTraining("distributed")
              .setBatchSize(BATCH)
              .setSteps(run == 1 ? MANY : FEW);
      long before = loopback();
      double taken = seconds(() -> estimator.fit(rows));
      seconds[Math.max(run, 0)] = taken;
      bytes[Math.max(run, 0)] = before < 0 ? Double.NaN : loopback() - before;
    }
    boolean apart = rows.sparkSession().sparkContext().master().startsWith("spark:");
    double moved = (bytes[1] - bytes[0]) / (MANY - FEW);
    return new Step((seconds[1] - seconds[0]) / (MANY - FEW), apart ? moved : -1);
  }

  /** Bytes that went over the loopback so far, where Linux tells; -1 elsewhere. */
  private static long loopback() throws IOException {
    Path devices = Path.of("/proc/net/dev");
    if (!Files.isReadable(devices)) {
      return -1;
    }
    return Files.readAllLines(devices).stream()
        .map(String::strip)
        .filter(line -> line.startsWith("lo:"))
        .mapToLong(line -> Long.parseLong(line.substring(3).strip().split("\\s+", 2)[0]))
        .findFirst()
        .orElse(-1);
  }

  private static double seconds(Runnable task) {
    long start = System.nanoTime();
    task.run();
    return (System.nanoTime() - start) * 1e-9;
  }
}
