package org.fjordflow.cli.compare;

import java.util.Locale;
import java.util.function.Consumer;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;

/** Tells of a training at some ten of its validations, the first one among them. */
final class TrainingProgress implements TrainingListener {

  private static final int LINES = 10;

  private final String name;
  private final Budget budget;
  private final Consumer<String> lines;
  private final long start = System.nanoTime();
  private int next;

  /**
   * Begins.
   *
   * @param name of what is trained
   * @param budget of the training
   * @param lines is given a line now and then
   */
  TrainingProgress(String name, Budget budget, Consumer<String> lines) {
    this.name = name;
    this.budget = budget;
    this.lines = lines;
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    // Not the metrics' seconds: a training in segments counts those of each.
    double seconds = (System.nanoTime() - start) * 1e-9;
    double part =
        budget.isTime() ? seconds / budget.seconds() : metrics.step() / (double) budget.steps();
    if (LINES * part >= next) {
      next = 1 + (int) (LINES * part);
      lines.accept(
          String.format(
              Locale.ROOT,
              "%s: step %d, validation loss %.4f, %.0f s",
              name,
              metrics.step(),
              metrics.loss(),
              seconds));
    }
  }
}
