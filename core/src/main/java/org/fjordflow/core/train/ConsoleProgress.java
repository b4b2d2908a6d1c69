package org.fjordflow.core.train;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar of at most 79 characters, redrawn in its line, for terminals: how much is done,
 * the step, the time that is left of the limit or that the other steps will take, the loss, the
 * last validation's, and evaluations forward and backward. Where there is a time limit, that is
 * what the bar fills up.
 */
public final class ConsoleProgress implements TrainingListener {

  private static final int WIDTH = 79;
  private static final int UPDATE_MILLIS = 500;
  private static final int CELLS = 16;

  private final PrintStream out;
  private final double factor;
  private @Nullable ProgressBar bar;
  private volatile String losses = "";
  private String validation = "";
  private String evaluations = "";
  private int rollbacks;

  /**
   * Creates a progress bar that appears when training starts.
   *
   * @param out where it is drawn; not closed
   */
  public ConsoleProgress(PrintStream out) {
    this(out, 1);
  }

  /**
   * Creates a progress bar that shows losses in another unit.
   *
   * @param out where it is drawn; not closed
   * @param factor of losses that are shown
   */
  public ConsoleProgress(PrintStream out, double factor) {
    this.out = out;
    this.factor = factor;
  }

  @Override
  public void started(TrainerConfig config, long step) {
    bar =
        new ProgressBarBuilder()
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setInitialMax(config.steps())
            .startsFrom(step, Duration.ZERO)
            .setRenderer((state, length) -> line(state, config.timeLimit()))
            .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
            .build();
  }

  private String line(ProgressState state, double limit) {
    double seconds = state.getElapsedAfterStart().toMillis() * 1e-3;
    long made = state.getCurrent() - state.getStart();
    long wanted = state.getMax() - state.getStart();
    boolean timed = limit > 0;
    double done = timed ? seconds / limit : (double) made / Math.max(1, wanted);
    double left = timed ? limit - seconds : made == 0 ? 0 : seconds * (wanted - made) / made;
    int cells = (int) Math.round(CELLS * Math.min(1, done));
    long whole = Math.round(Math.max(0, left));
    return "[%s%s] %d%s %d:%02d left  %s"
        .formatted(
            "=".repeat(cells),
            " ".repeat(CELLS - cells),
            state.getCurrent(),
            timed ? "" : "/" + state.getMax(),
            whole / 60,
            whole % 60,
            losses)
        .stripTrailing();
  }

  @Override
  public void step(StepMetrics metrics) {
    evaluations =
        metrics.forwardEvaluations() == 0
            ? ""
            : " nfe %d/%d".formatted(metrics.forwardEvaluations(), metrics.backwardEvaluations());
    show(String.format(Locale.ROOT, "loss %.4f", factor * metrics.loss()));
    if (bar != null) {
      bar.stepTo(metrics.step());
    }
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    validation = String.format(Locale.ROOT, " val %.4f", factor * metrics.loss());
  }

  @Override
  public void rolledBack(Rollback rollback) {
    rollbacks++;
    show("undone " + rollbacks);
  }

  private void show(String first) {
    losses = first + validation + evaluations;
  }

  @Override
  public void finished(TrainingResult result) {
    close();
  }

  @Override
  public void failed(RuntimeException exception) {
    close();
  }

  private void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
