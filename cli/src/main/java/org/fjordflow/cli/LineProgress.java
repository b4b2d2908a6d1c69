package org.fjordflow.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;

/**
 * Some twenty lines of progress, for logs and pipes, where a bar would leave a mess: one each
 * twentieth of the steps, or of the time where that is limited.
 */
final class LineProgress implements TrainingListener {

  private static final int LINES = 20;

  private final PrintStream err;
  private final double factor;
  private final String unit;
  private long steps = 1;
  private long begun;
  private double limit;
  private double next;
  private String validation = "";

  /**
   * Says losses in a unit.
   *
   * @param factor of losses
   * @param unit said behind them
   */
  LineProgress(PrintStream err, double factor, String unit) {
    this.err = err;
    this.factor = factor;
    this.unit = unit;
  }

  @Override
  public void started(TrainerConfig config, long step) {
    steps = config.steps();
    begun = step;
    limit = config.timeLimit();
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    validation = String.format(Locale.ROOT, "  validation %.4f", factor * metrics.loss());
  }

  @Override
  public void rolledBack(Rollback rollback) {
    err.println("step " + rollback.step() + " undone: " + rollback.reason());
  }

  @Override
  public void step(StepMetrics metrics) {
    if (isDue(metrics)) {
      err.println(
          String.format(
              Locale.ROOT,
              "step %d%s  loss %.4f%s%s%s  %s",
              metrics.step(),
              limit > 0 ? "" : " of " + steps,
              factor * metrics.loss(),
              validation,
              unit,
              evaluations(metrics),
              time(metrics.seconds())));
    }
  }

  private boolean isDue(StepMetrics metrics) {
    if (limit == 0) {
      return metrics.step() % Math.max(1, steps / LINES) == 0 || metrics.step() == 1;
    }
    boolean due = metrics.step() == begun + 1 || metrics.seconds() >= next;
    if (due) {
      next = limit / LINES * (1 + Math.floor(metrics.seconds() * LINES / limit));
    }
    return due;
  }

  private String time(double seconds) {
    return limit == 0
        ? Console.seconds(seconds)
        : Console.seconds(seconds) + ", " + Console.seconds(Math.max(0, limit - seconds)) + " left";
  }

  private static String evaluations(StepMetrics metrics) {
    return metrics.forwardEvaluations() == 0
        ? ""
        : "  evaluations " + metrics.forwardEvaluations() + " + " + metrics.backwardEvaluations();
  }
}
