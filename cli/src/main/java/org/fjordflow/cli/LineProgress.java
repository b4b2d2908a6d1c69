package org.fjordflow.cli;

import java.io.PrintStream;
import java.util.Locale;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;

/** Some twenty lines of progress, for logs and pipes, where a bar would leave a mess. */
final class LineProgress implements TrainingListener {

  private static final int LINES = 20;

  private final PrintStream err;
  private long steps = 1;
  private String validation = "";

  LineProgress(PrintStream err) {
    this.err = err;
  }

  @Override
  public void started(TrainerConfig config, long step) {
    steps = config.steps();
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    validation = String.format(Locale.ROOT, "  validation %.4f", metrics.loss());
  }

  @Override
  public void rolledBack(Rollback rollback) {
    err.println("step " + rollback.step() + " undone: " + rollback.reason());
  }

  @Override
  public void step(StepMetrics metrics) {
    if (metrics.step() % Math.max(1, steps / LINES) == 0 || metrics.step() == 1) {
      err.println(
          String.format(
              Locale.ROOT,
              "step %d of %d  loss %.4f%s%s  %s",
              metrics.step(),
              steps,
              metrics.loss(),
              validation,
              evaluations(metrics),
              Console.seconds(metrics.seconds())));
    }
  }

  private static String evaluations(StepMetrics metrics) {
    return metrics.forwardEvaluations() == 0
        ? ""
        : "  evaluations " + metrics.forwardEvaluations() + " + " + metrics.backwardEvaluations();
  }
}
