package org.fjordflow.core.train;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.nn.Parameters;

/** Writes a {@link Checkpoint} every so many steps and at the end, always to the same file. */
public final class CheckpointWriter implements TrainingListener {

  private final Path path;
  private final Parameters layout;
  private final TrainerConfig config;
  private final long interval;

  /**
   * Creates a writer.
   *
   * @param path the file; replaced whole
   * @param layout names and shapes of the model's parameters
   * @param config of the run
   * @param interval steps between checkpoints, at least 1
   * @throws FjordException INVALID_ARGUMENT if the interval is below 1
   */
  public CheckpointWriter(Path path, Parameters layout, TrainerConfig config, long interval) {
    if (interval < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a checkpoint every " + interval + " steps; expected at least 1");
    }
    this.path = path;
    this.layout = layout;
    this.config = config;
    this.interval = interval;
  }

  @Override
  public void stepEnded(long step, Supplier<TrainingState> state) {
    if (step % interval == 0) {
      Checkpoint.of(state.get(), config).write(path, layout);
    }
  }

  @Override
  public void finished(TrainingResult result) {
    Checkpoint.of(result.state(), config).write(path, layout);
  }
}
