package org.fjordflow.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.FlowTraining;
import org.fjordflow.model.TablePlan;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;

/**
 * Training by maximum likelihood on rows that stay on executors: in each step every partition sums
 * up losses and gradients of its share of the step's rows, and the driver makes the step.
 *
 * @param options which flow and for how long; its rows' columns are said by the inputs
 * @param batch rows a step
 * @param partitions how many to compute in
 * @param checkpoint file to write to and go on from, or null for none
 * @param interval steps between checkpoints
 */
record ExecutorTraining(
    FitOptions options, int batch, int partitions, @Nullable Path checkpoint, int interval) {

  /** Rows of a shard in a step: enough for products to be fast. */
  private static final int SHARE = 64;

  /** Steps between validations at most: an epoch of so many rows takes long. */
  private static final int VALIDATIONS = 1_000;

  /** A trained model, and what the training came to. */
  record Trained(FlowModel model, TrainingResult result) {}

  /**
   * Trains.
   *
   * @param rows sound ones, of the columns that the inputs name
   * @param count how many there are
   * @param given names of the columns that are conditions, of columns by name
   * @return the model; the caller closes it
   */
  Trained train(Dataset<Row> rows, long count, Inputs inputs, List<String> given) {
    Planning planning = Planning.of(rows, count, inputs, given, options);
    FlowModel model = begun(planning);
    try {
      return new Trained(model, train(model, rows, count, inputs, planning));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** A model with the values that training begins with. */
  FlowModel begun(Planning planning) {
    RandomStreams streams = new RandomStreams(options.seed());
    TablePlan plan = planning.plan();
    FlowSpec spec = plan.fit(options.recipe(), planning.sample());
    FlowModel model =
        FlowModel.create(spec, streams.generator(Purpose.INITIALIZATION), options.threads())
            .withColumns(plan.data().names(), plan.givenNames());
    model.initialize(planning.sample(), streams.generator(Purpose.INITIALIZATION, 1));
    return model;
  }

  private TrainingResult train(
      FlowModel model, Dataset<Row> rows, long count, Inputs inputs, Planning planning) {
    SparkContext spark = rows.sparkSession().sparkContext();
    Broadcast<TrainingModel> everywhere =
        broadcast(spark, new TrainingModel(SparkModel.of(model), options.seed()));
    int shards = shards();
    Sharding sharding = new Sharding(everywhere, inputs, shards, options.seed(), planning.from());
    JavaRDD<Shard> held =
        sharding
            .of(rows.toJavaRDD(), Math.min(partitions, shards))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      long[][] known = held.map(Shard::summary).collect().toArray(long[][]::new);
      long[] offsets = offsets(known, shards);
      long size = offsets[shards];
      Map<String, String> about = about(known, count);
      if (size == 0) {
        throw new FjordException(ErrorKey.INVALID_ARGUMENT, "there are no rows to train on");
      }
      BatchRows own = new BatchRows(offsets, (int) Math.min(batch, size), options.seed());
      TrainerConfig config = config(model.config(), size, planning.validation() != null);
      FlowTraining training =
          model.training(
              config,
              (step, gradient) -> step(spark, model, everywhere, held, own, step, gradient),
              planning.validation() == null ? null : model.validation(planning.validation()),
              listeners(model, config, about));
      return run(training, model, config, about);
    } finally {
      held.unpersist(false);
      everywhere.destroy(false);
    }
  }

  /** How many parts rows are dealt out to; it does not depend on partitions. */
  int shards() {
    return Math.max(1, batch / SHARE);
  }

  private static <T> Broadcast<T> broadcast(SparkContext spark, T value) {
    return spark.broadcast(value, ClassTag$.MODULE$.apply(value.getClass()));
  }

  /** As for a table of as many batches: recipes count them by their own size. */
  TrainerConfig config(FlowSpec spec, long size, boolean validates) {
    TrainerConfig usual = options.training(Integer.MAX_VALUE, spec, validates);
    double alike = (double) size * usual.batchSize() / batch;
    TrainerConfig config =
        options
            .training((int) Math.max(1, Math.min(alike, Integer.MAX_VALUE)), spec, validates)
            .withBatchSize(batch);
    return config.validationInterval() > VALIDATIONS
        ? config.withValidation(VALIDATIONS, config.patience())
        : config;
  }

  private static long[] offsets(long[][] known, int shards) {
    long[] offsets = new long[shards + 1];
    for (long[] shard : known) {
      offsets[(int) shard[0] + 1] = shard[1];
    }
    Arrays.parallelPrefix(offsets, Long::sum);
    return offsets;
  }

  private double step(
      SparkContext spark,
      FlowModel model,
      Broadcast<TrainingModel> everywhere,
      JavaRDD<Shard> held,
      BatchRows rows,
      long step,
      double[] gradient) {
    boolean single = DType.of(model.config().dtype()) == DType.FLOAT32;
    Broadcast<StepWeights> weights =
        broadcast(spark, new StepWeights(step, model.parameters().get(), single));
    StepSums sums;
    try {
      sums = held.mapPartitions(new StepTask(everywhere, weights, rows)).treeReduce(StepSums::plus);
    } finally {
      weights.destroy(false);
    }
    String failure = sums.failure();
    if (failure != null) {
      throw new FjordException(ErrorKey.SOLVE_FAILED, failure);
    }
    if (sums.rows() != rows.batch()) {
      throw new IllegalStateException(
          "%d rows of a step of %d were found".formatted(sums.rows(), rows.batch()));
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] = sums.gradient()[i] / rows.batch();
    }
    return sums.loss() / rows.batch();
  }

  // Checkpoints

  private List<TrainingListener> listeners(
      FlowModel model, TrainerConfig config, Map<String, String> about) {
    List<TrainingListener> all = new ArrayList<>(options.listeners());
    if (checkpoint != null) {
      all.add(new Checkpoint.Writer(checkpoint, model.parameters(), config, interval, about));
    }
    return all;
  }

  /** What tells rows from others, in whatever order and partitions they come. */
  private static Map<String, String> about(long[][] known, long count) {
    long values = Arrays.stream(known).mapToLong(shard -> shard[2]).sum();
    return Map.of("spark.rows", Long.toString(count), "spark.values", Long.toHexString(values));
  }

  private TrainingResult run(
      FlowTraining training, FlowModel model, TrainerConfig config, Map<String, String> about) {
    if (checkpoint == null || !Files.exists(checkpoint)) {
      return training.run();
    }
    Checkpoint saved = Checkpoint.read(checkpoint, model.parameters());
    if (!saved.about().equals(about)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "the checkpoint %s is of a training on other rows (%s, now %s); give another folder, or these rows"
              .formatted(checkpoint, saved.about(), about));
    }
    return training.resume(saved.stateFor(config));
  }
}
