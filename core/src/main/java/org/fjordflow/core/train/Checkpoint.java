package org.fjordflow.core.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * A training that can be gone on with, as a safetensors file with its own checksum: parameters, the
 * optimiser's averages, the best parameters and what a failing step would go back to, in float64,
 * each under the model's names behind a prefix, and the counters as metadata.
 *
 * @param state where to go on from
 * @param seed of the run
 * @param optimizer name of its optimiser's class
 * @param settings of its training that decide on its numbers, by name; empty in files of earlier
 *     versions. Steps, patience and time limit are not among them: those may change
 * @param about what else is said about the run, by key, such as what it was trained on
 */
public record Checkpoint(
    TrainingState state,
    long seed,
    String optimizer,
    Map<String, String> settings,
    Map<String, String> about) {

  /** Copies what is said. */
  public Checkpoint {
    settings = Map.copyOf(settings);
    about = Map.copyOf(about);
  }

  /** A checkpoint of a run, about which nothing else is said. */
  public static Checkpoint of(TrainingState state, TrainerConfig config) {
    return of(state, config, Map.of());
  }

  /** A checkpoint of a run, with what else is said about it. */
  private static Checkpoint of(
      TrainingState state, TrainerConfig config, Map<String, String> about) {
    return new Checkpoint(state, config.seed(), name(config), settings(config), about);
  }

  private static String name(TrainerConfig config) {
    return config.optimizer().getClass().getSimpleName();
  }

  /** In the order in which they are compared. A schedule over all steps stays so with more. */
  private static Map<String, String> settings(TrainerConfig config) {
    Map<String, String> settings = new LinkedHashMap<>();
    String schedule = config.schedule().toString();
    settings.put("training.batchSize", Integer.toString(config.batchSize()));
    settings.put("training.optimizer", config.optimizer().toString());
    settings.put(
        "training.schedule", schedule.replaceAll("steps=" + config.steps() + "\\b", "steps=all"));
    settings.put("training.clipNorm", Double.toString(config.clipNorm()));
    settings.put("training.validationInterval", Long.toString(config.validationInterval()));
    settings.put("training.rollback", config.rollback().toString());
    settings.put("training.averageDecay", Double.toString(config.averageDecay()));
    return settings;
  }

  /**
   * Writes the file, whole or not at all.
   *
   * @param path the file
   * @param layout names and shapes of the model's parameters. Not modified.
   * @throws FjordException FILE_UNWRITABLE
   */
  public void write(Path path, Parameters layout) {
    CheckpointFile.write(path, this, layout);
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
    return CheckpointFile.read(path, layout);
  }

  /**
   * Reads what a file says about its run, whatever its model.
   *
   * @param path the file
   * @return by key; empty where nothing is said
   * @throws FjordException FILE_MISSING; FILE_DAMAGED; FILE_FORMAT
   */
  public static Map<String, String> about(Path path) {
    return CheckpointFile.about(path);
  }

  /**
   * The state, if a configuration goes on with the same run: steps in all, patience and time limit
   * may be others.
   *
   * @param config how to train
   * @throws FjordException INVALID_CONFIGURATION, naming what differs
   */
  public TrainingState stateFor(TrainerConfig config) {
    if (config.seed() != seed || !name(config).equals(optimizer)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the checkpoint is of a run with seed %d and %s, not with seed %d and %s; give the same ones"
              .formatted(seed, optimizer, config.seed(), name(config)));
    }
    settings(config)
        .forEach(
            (name, now) -> {
              String before = settings.getOrDefault(name, now);
              if (!before.equals(now)) {
                throw new FjordException(
                    ErrorKey.INVALID_CONFIGURATION,
                    "the checkpoint is of a run whose %s was %s, now %s; give the same one, or begin a new run"
                        .formatted(name, before, now));
              }
            });
    return state;
  }

  /**
   * Writes a {@link Checkpoint} every so many steps and at the end, always to the same file. One
   * that cannot be written ends the training, unless {@link #goingOn} says otherwise.
   */
  public static final class Writer implements TrainingListener {

    private final Path path;
    private final Parameters layout;
    private final TrainerConfig config;
    private final long interval;
    private final Map<String, String> about;
    private final @Nullable Consumer<? super FjordException> told;
    private boolean isFailing;
    private long written = -1;

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
      this(path, layout, config, interval, about, null);
    }

    private Writer(
        Path path,
        Parameters layout,
        TrainerConfig config,
        long interval,
        Map<String, String> about,
        @Nullable Consumer<? super FjordException> told) {
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
      this.told = told;
    }

    /**
     * The same writer, but a file that cannot be written does not end the training: the last one
     * stays, and the next one is tried.
     *
     * @param failure told once, and again after one that could be written
     */
    public Writer goingOn(Consumer<? super FjordException> failure) {
      return new Writer(path, layout, config, interval, about, failure);
    }

    /** Returns the step of the last checkpoint that this wrote; -1 before the first. */
    public long written() {
      return written;
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      if (step % interval == 0) {
        write(state.get());
      }
    }

    @Override
    public void finished(TrainingResult result) {
      write(result.state());
    }

    private void write(TrainingState state) {
      try {
        Checkpoint.of(state, config, about).write(path, layout);
        isFailing = false;
        written = state.step();
      } catch (FjordException e) {
        if (told == null || e.key() != ErrorKey.FILE_UNWRITABLE) {
          throw e;
        }
        if (!isFailing) {
          told.accept(e);
        }
        isFailing = true;
      }
    }
  }
}
