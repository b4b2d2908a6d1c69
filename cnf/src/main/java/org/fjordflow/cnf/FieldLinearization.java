package org.fjordflow.cnf;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.ode.Linearization;

/** One evaluation of a {@link FieldSystem} on a tape of its own, ready to be swept back. */
final class FieldLinearization implements Linearization {

  private final FieldSystem system;
  private final Tape tape;
  private final FieldSystem.Evaluation evaluation;

  FieldLinearization(FieldSystem system, Tape tape, FieldSystem.Evaluation evaluation) {
    this.system = system;
    this.tape = tape;
    this.evaluation = evaluation;
  }

  @Override
  public void derivative(double[] yDot) {
    system.download(evaluation, yDot);
  }

  @Override
  public double pullback(double[] cotangent, double[] yBar) {
    Backend backend = system.backend();
    seed(evaluation.f(), cotangent, 0);
    Var trace = evaluation.trace();
    if (trace != null) {
      seed(trace, cotangent, system.positions());
    }
    tape.reverse();
    backend.download(evaluation.z().gradient(), yBar, 0);
    // The integral of the divergence appears nowhere on the right-hand side.
    Arrays.fill(yBar, system.positions(), system.dimension(), 0);
    double[] tBar = new double[1];
    backend.download(evaluation.t().gradient(), tBar, 0);
    return tBar[0];
  }

  private void seed(Var x, double[] cotangent, int offset) {
    if (!x.isDifferentiable()) {
      // A constant, such as the trace of a linear field without parameters.
      return;
    }
    Matrix bar = tape.take(x.rows(), x.cols());
    system.backend().upload(cotangent, offset, bar);
    tape.seed(x, bar);
  }

  @Override
  public void accumulateGradient(double weight) {
    tape.accumulate(weight);
    Var context = evaluation.context();
    if (context != null) {
      system.addContextGradient(weight, context);
    }
  }

  @Override
  public long bytes() {
    return tape.bytes();
  }

  @Override
  public void close() {
    system.giveBack(tape);
  }
}
