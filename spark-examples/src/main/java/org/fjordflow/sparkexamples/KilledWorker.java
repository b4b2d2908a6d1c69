package org.fjordflow.sparkexamples;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.fjordflow.spark.FlowEstimator;
import org.fjordflow.spark.FlowModelTransformer;

/**
 * Kills a worker of {@link Cluster} by SIGKILL, and its executor with it, in the middle of scoring
 * or of training, and compares what comes out with what comes out without.
 */
public final class KilledWorker {

  private static final int ROWS = 200_000;
  private static final int PARTITIONS = 16;
  private static final int STEPS = 100;

  private KilledWorker() {}

  /**
   * Runs.
   *
   * @param args {@code scoring} or {@code training}
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 1 || !List.of("scoring", "training").contains(args[0])) {
      System.err.println("usage: examples/spark-cluster KilledWorker scoring|training");
      System.exit(2);
    }
    boolean same;
    try (SparkSession session = SparkSession.builder().appName("killed worker").getOrCreate()) {
      session.sparkContext().setLogLevel("OFF");
      Dataset<Row> rows = SixColumns.of(session, ROWS, PARTITIONS);
      same = args[0].equals("scoring") ? scoring(session, rows) : training(session, rows);
    }
    if (!same) {
      System.exit(1);
    }
  }

  private static boolean scoring(SparkSession session, Dataset<Row> rows) {
    FlowModelTransformer flow = estimator().setMaxRows(5_000).setSteps(50).fit(rows);
    double[] expected = scores(flow, rows);
    Killer killer = new Killer(PARTITIONS / 4);
    session.sparkContext().addSparkListener(killer);
    double[] found = scores(flow, rows);
    return told("log-densities of %,d rows".formatted(ROWS), expected, found, killer);
  }

  private static double[] scores(FlowModelTransformer flow, Dataset<Row> rows) {
    double[] scores = new double[ROWS];
    for (Row row :
        (Row[])
            flow.transform(rows).select(functions.col("id"), functions.col("log_prob")).collect()) {
      scores[(int) row.getLong(0)] = row.getDouble(1);
    }
    return scores;
  }

  private static boolean training(SparkSession session, Dataset<Row> rows) {
    FlowEstimator estimator = estimator().setTraining("distributed").setSteps(STEPS);
    FlowModelTransformer undisturbed = estimator.fit(rows);
    // Survey, sample and shards take some 100 tasks; a step takes one a partition.
    Killer killer = new Killer(4 * PARTITIONS + STEPS);
    session.sparkContext().addSparkListener(killer);
    FlowModelTransformer disturbed = estimator.fit(rows);
    return told(
        "trained values",
        undisturbed.model().parameters().get(),
        disturbed.model().parameters().get(),
        killer);
  }

  private static FlowEstimator estimator() {
    return new FlowEstimator().setRecipe("nsf").setBatchSize(1_024).setSeed(1);
  }

  private static boolean told(String what, double[] expected, double[] found, Killer killer) {
    boolean same = Arrays.equals(expected, found);
    System.out.printf(
        "%s: %s those of an undisturbed run; worker %d was killed after %d tasks; %d tasks failed%n",
        what,
        same ? "the same bits as" : "NOT the same bits as",
        killer.killed,
        killer.after,
        killer.failed.get());
    return same && killer.killed != 0 && killer.failed.get() > 0;
  }

  /** Kills the first worker once so many tasks have ended. */
  private static final class Killer extends SparkListener {
    private final int after;
    private final AtomicInteger ended = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicBoolean done = new AtomicBoolean();
    private volatile long killed;

    Killer(int after) {
      this.after = after;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd task) {
      if (!task.taskInfo().successful()) {
        failed.incrementAndGet();
      }
      if (ended.incrementAndGet() >= after && done.compareAndSet(false, true)) {
        killed = Long.parseLong(System.getProperty(Cluster.WORKERS).split(",", -1)[0]);
        ProcessHandle worker = ProcessHandle.of(killed).orElseThrow();
        List<ProcessHandle> all = worker.descendants().toList();
        worker.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
      }
    }
  }
}
