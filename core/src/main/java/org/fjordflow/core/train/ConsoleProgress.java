package org.fjordflow.core.train;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on a stream: steps, time gone and left, loss, and evaluations forward and
 * backward.
 */
public final class ConsoleProgress implements TrainingListener {

  private static final int WIDTH = 110;
  private static final int UPDATE_MILLIS = 500;

  private final PrintStream out;
  private @Nullable ProgressBar bar;
  private String stepText = "";
  private String validationText = "";
  private int rollbacks;

  /**
   * Creates a progress bar that appears when training starts.
   *
   * @param out where it is drawn; not closed
   */
  public ConsoleProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void started(TrainerConfig config, long step) {
    bar =
        new ProgressBarBuilder()
            .setTaskName("training")
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setInitialMax(config.steps())
            .startsFrom(step, Duration.ZERO)
            .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
            .build();
  }

  @Override
  public void step(StepMetrics metrics) {
    stepText =
        String.format(
            Locale.ROOT,
            "loss %.4f nfe %d/%d",
            metrics.loss(),
            metrics.forwardEvaluations(),
            metrics.backwardEvaluations());
    show();
    if (bar != null) {
      bar.stepTo(metrics.step());
    }
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    validationText = String.format(Locale.ROOT, " val %.4f", metrics.loss());
    show();
  }

  @Override
  public void rolledBack(Rollback rollback) {
    rollbacks++;
    show();
  }

  private void show() {
    if (bar != null) {
      bar.setExtraMessage(
          stepText + validationText + (rollbacks == 0 ? "" : " rolled back " + rollbacks));
    }
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
