package org.fjordflow.inference;

import java.util.Locale;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.inference.VariationalOptions.Annealing;
import org.fjordflow.inference.VariationalPosterior.End;
import org.jspecify.annotations.Nullable;

/**
 * Ends a training whose bound gains nothing any more: its mean over a part of the training is
 * compared with that of the part before, and a gain below the standard error of the difference, or
 * below a tolerance, counts as none. Three in succession are the end.
 */
final class Convergence implements TrainingListener {

  private static final int PATIENCE = 3;

  private final BoundObjective objective;
  private final @Nullable Annealing annealing;
  private final double tolerance;
  private @Nullable Trainer trainer;
  private final BoundPart part = new BoundPart();
  private @Nullable Estimate before;
  private double gain = Double.NaN;
  private int without;
  private boolean converged;

  Convergence(BoundObjective objective, @Nullable Annealing annealing, double tolerance) {
    this.objective = objective;
    this.annealing = annealing;
    this.tolerance = tolerance;
  }

  /** Says what is to be stopped. */
  void stops(Trainer running) {
    trainer = running;
  }

  @Override
  public void step(StepMetrics metrics) {
    if (annealing != null && metrics.step() <= annealing.steps()) {
      objective.temper(annealing.at(metrics.step()));
      return;
    }
    Estimate mean = part.add(objective.last().value());
    if (mean != null) {
      compare(mean);
    }
  }

  private void compare(Estimate now) {
    if (before != null) {
      gain = now.value() - before.value();
      double error = Math.hypot(now.error(), before.error());
      without = gain < Math.max(tolerance, error) ? without + 1 : 0;
      if (without >= PATIENCE && trainer != null) {
        converged = true;
        trainer.stop();
      }
    }
    before = now;
  }

  /** Says why a training ended. */
  End end(TrainingResult result, int last) {
    long steps = result.steps() + last;
    if (converged) {
      return new End(
          End.Reason.CONVERGED,
          "converged: the bound gained no more than its standard error in %d parts of %d steps, %d steps in all"
              .formatted(PATIENCE, BoundPart.STEPS, steps));
    }
    boolean time = result.reason() == TrainingResult.EndReason.TIME_OVER;
    return new End(
        time ? End.Reason.TIME_OVER : End.Reason.STEPS_MADE,
        String.format(
            Locale.ROOT,
            "not converged: %s after %d steps; the bound's last gain over %d steps was %.2g nats",
            time ? "the time was over" : "all steps were made",
            steps,
            BoundPart.STEPS,
            gain));
  }
}
