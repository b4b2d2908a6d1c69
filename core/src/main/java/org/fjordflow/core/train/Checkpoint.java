package org.fjordflow.core.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.BestValues;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;

/**
 * A training that can be gone on with, as a safetensors file: parameters, the optimiser's averages
 * and the best parameters in float64, each under the model's names behind {@code parameters/},
 * {@code optimizer.first/}, {@code optimizer.second/}, {@code best/} and {@code average/}, the
 * model's buffers behind {@code buffers/} and {@code best_buffers/}, and the counters as metadata.
 *
 * @param state where to go on from
 * @param seed of the run
 * @param optimizer name of its optimiser's class
 * @param about what else is said about the run, by key, such as what it was trained on
 */
public record Checkpoint(
    TrainingState state, long seed, String optimizer, Map<String, String> about) {

  private static final String FORMAT = "fjord-checkpoint-2";
  private static final String PARAMETERS = "parameters/";
  private static final String FIRST = "optimizer.first/";
  private static final String SECOND = "optimizer.second/";
  private static final String BEST = "best/";
  private static final String AVERAGE = "average/";
  private static final String BUFFERS = "buffers/";
  private static final String BEST_BUFFERS = "best_buffers/";
  private static final String KEPT_STEP = "kept_step";
  private static final String KEPT_LOSS = "kept_loss";
  private static final String ABOUT = "about.";

  /** Copies what is said. */
  public Checkpoint {
    about = Map.copyOf(about);
  }

  /** A checkpoint of a run, about which nothing else is said. */
  public static Checkpoint of(TrainingState state, TrainerConfig config) {
    return of(state, config, Map.of());
  }

  /** A checkpoint of a run, with what else is said about it. */
  private static Checkpoint of(
      TrainingState state, TrainerConfig config, Map<String, String> about) {
    return new Checkpoint(state, config.seed(), name(config), about);
  }

  private static String name(TrainerConfig config) {
    return config.optimizer().getClass().getSimpleName();
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param path the file
   * @param layout names and shapes of the model's parameters. Not modified.
   * @throws FjordException FILE_UNWRITABLE
   */
  public void write(Path path, Parameters layout) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.putAll(cut(layout.entries(), state.values().parameters(), PARAMETERS));
    tensors.putAll(cut(layout.entries(), state.optimizer().first(), FIRST));
    tensors.putAll(cut(layout.entries(), state.optimizer().second(), SECOND));
    tensors.putAll(cut(layout.buffers(), state.values().buffers(), BUFFERS));
    BestValues best = state.best();
    if (best != null) {
      tensors.putAll(cut(layout.entries(), best.values().parameters(), BEST));
      tensors.putAll(cut(layout.buffers(), best.values().buffers(), BEST_BUFFERS));
    }
    double[] average = state.average();
    if (average != null) {
      tensors.putAll(cut(layout.entries(), average, AVERAGE));
    }
    EarlyStopping validations = state.validations();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("seed", Long.toString(seed));
    metadata.put("optimizer", optimizer);
    metadata.put("step", Long.toString(state.step()));
    metadata.put("updates", Long.toString(state.optimizer().updates()));
    metadata.put("learning_rate_factor", Double.toString(state.learningRateFactor()));
    metadata.put("rollbacks", Integer.toString(state.rollbacks()));
    metadata.put("best_step", Long.toString(validations.bestStep()));
    metadata.put("best_loss", Double.toString(validations.bestLoss()));
    metadata.put("without_gain", Integer.toString(validations.withoutGain()));
    metadata.put("longest_without_gain", Integer.toString(validations.longestWithoutGain()));
    if (best != null) {
      metadata.put(KEPT_STEP, Long.toString(best.step()));
      metadata.put(KEPT_LOSS, Double.toString(best.loss()));
    }
    about.forEach((key, value) -> metadata.put(ABOUT + key, value));
    new SafetensorsFile(tensors, metadata).write(path);
  }

  /**
   * Reads a file.
   *
   * @param path the file
   * @param layout names and shapes of the model's parameters. Not modified.
   * @return the checkpoint
   * @throws FjordException FILE_MISSING; FILE_DAMAGED; FILE_FORMAT if it is not a checkpoint;
   *     SHAPE_MISMATCH, listing names, if it is of another model
   */
  public static Checkpoint read(Path path, Parameters layout) {
    SafetensorsFile file = SafetensorsFile.read(path);
    String source = path.toString();
    Map<String, String> metadata = file.metadata();
    if (!FORMAT.equals(metadata.get("format"))) {
      throw new FjordException(
          ErrorKey.FILE_FORMAT,
          source + " is not a checkpoint of this version; expected the format " + FORMAT);
    }
    Map<String, Tensor> tensors = file.tensors();
    boolean hasBest = has(tensors, BEST);
    try {
      OptimizerState optimizer =
          new OptimizerState(
              Long.parseLong(text(metadata, "updates")),
              join(layout.entries(), tensors, FIRST, source),
              join(layout.entries(), tensors, SECOND, source));
      EarlyStopping validations =
          new EarlyStopping(
              Long.parseLong(text(metadata, "best_step")),
              Double.parseDouble(text(metadata, "best_loss")),
              Integer.parseInt(text(metadata, "without_gain")),
              Integer.parseInt(text(metadata, "longest_without_gain")));
      TrainingState state =
          new TrainingState(
              Long.parseLong(text(metadata, "step")),
              new ModelValues(
                  join(layout.entries(), tensors, PARAMETERS, source),
                  join(layout.buffers(), tensors, BUFFERS, source)),
              optimizer,
              Double.parseDouble(text(metadata, "learning_rate_factor")),
              Integer.parseInt(text(metadata, "rollbacks")),
              validations,
              hasBest
                  ? new BestValues(
                      Long.parseLong(kept(metadata, KEPT_STEP, "best_step")),
                      Double.parseDouble(kept(metadata, KEPT_LOSS, "best_loss")),
                      new ModelValues(
                          join(layout.entries(), tensors, BEST, source),
                          join(layout.buffers(), tensors, BEST_BUFFERS, source)))
                  : null,
              has(tensors, AVERAGE) ? join(layout.entries(), tensors, AVERAGE, source) : null);
      return new Checkpoint(
          state,
          Long.parseLong(text(metadata, "seed")),
          text(metadata, "optimizer"),
          about(metadata));
    } catch (NumberFormatException e) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, source + ": a counter is no number: " + e.getMessage(), e);
    }
  }

  private static boolean has(Map<String, Tensor> tensors, String prefix) {
    return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  /**
   * Reads what a file says about its run, whatever its model.
   *
   * @param path the file
   * @return by key; empty where nothing is said
   * @throws FjordException FILE_MISSING; FILE_DAMAGED
   */
  public static Map<String, String> about(Path path) {
    return about(SafetensorsFile.read(path).metadata());
  }

  private static Map<String, String> about(Map<String, String> metadata) {
    Map<String, String> about = new TreeMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(ABOUT)) {
            about.put(key.substring(ABOUT.length()), value);
          }
        });
    return about;
  }

  private static Map<String, Tensor> cut(
      List<Parameters.Entry> layout, double[] flat, String prefix) {
    return ModelTensors.cut(layout, flat, TensorType.F64, prefix);
  }

  private static double[] join(
      List<Parameters.Entry> layout, Map<String, Tensor> tensors, String prefix, String source) {
    return ModelTensors.join(layout, List.of(), tensors, prefix, source);
  }

  /** A value of the best parameters; files of earlier versions have that of the last gain. */
  private static String kept(Map<String, String> metadata, String key, String earlier) {
    return metadata.containsKey(key) ? text(metadata, key) : text(metadata, earlier);
  }

  /** The value of a key, or text that no number parses from. */
  private static String text(Map<String, String> metadata, String key) {
    return metadata.getOrDefault(key, "missing " + key);
  }

  /**
   * The state, if a configuration goes on with the same run.
   *
   * @param config how to train
   * @throws FjordException INVALID_CONFIGURATION if seed or optimiser are others
   */
  public TrainingState stateFor(TrainerConfig config) {
    if (config.seed() != seed || !name(config).equals(optimizer)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the checkpoint is of a run with seed %d and %s, not with seed %d and %s; give the same ones"
              .formatted(seed, optimizer, config.seed(), name(config)));
    }
    return state;
  }

  /** Writes a {@link Checkpoint} every so many steps and at the end, always to the same file. */
  public static final class Writer implements TrainingListener {

    private final Path path;
    private final Parameters layout;
    private final TrainerConfig config;
    private final long interval;
    private final Map<String, String> about;

    /**
     * Creates a writer.
     *
     * @param path the file; replaced whole
     * @param layout names and shapes of the model's parameters
     * @param config of the run
     * @param interval steps between checkpoints, at least 1
     * @throws FjordException INVALID_ARGUMENT if the interval is below 1
     */
    public Writer(Path path, Parameters layout, TrainerConfig config, long interval) {
      this(path, layout, config, interval, Map.of());
    }

    /**
     * Creates a writer of checkpoints that say something about the run.
     *
     * @param path the file; replaced whole
     * @param layout names and shapes of the model's parameters
     * @param config of the run
     * @param interval steps between checkpoints, at least 1
     * @param about what to say, by key
     * @throws FjordException INVALID_ARGUMENT if the interval is below 1
     */
    public Writer(
        Path path,
        Parameters layout,
        TrainerConfig config,
        long interval,
        Map<String, String> about) {
      if (interval < 1) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "a checkpoint every " + interval + " steps; expected at least 1");
      }
      this.path = path;
      this.layout = layout;
      this.config = config;
      this.interval = interval;
      this.about = Map.copyOf(about);
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      if (step % interval == 0) {
        Checkpoint.of(state.get(), config, about).write(path, layout);
      }
    }

    @Override
    public void finished(TrainingResult result) {
      Checkpoint.of(result.state(), config, about).write(path, layout);
    }
  }
}
