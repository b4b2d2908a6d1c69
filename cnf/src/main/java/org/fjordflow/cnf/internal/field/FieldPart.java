package org.fjordflow.cnf.internal.field;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Scratch;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.jspecify.annotations.Nullable;

/** Some rows of one evaluation of a {@link FieldSystem}, on a tape of their own. */
final class FieldPart implements PartLinearization {

  private final FieldSystem system;
  private final FieldInstants instants;
  private final int instant;
  private final int part;
  private final Workspace.Use use;
  private final Tape tape;
  private final FieldEvaluation evaluation;
  // The field's value outlives the evaluation, whatever operation it is the result of.
  private final Matrix value;
  private @Nullable Scratch scratch;

  FieldPart(
      FieldSystem system,
      FieldInstants instants,
      int instant,
      int part,
      Workspace.Use use,
      Tape tape,
      FieldEvaluation evaluation) {
    this.system = system;
    this.instants = instants;
    this.instant = instant;
    this.part = part;
    this.use = use;
    this.tape = tape;
    this.evaluation = evaluation;
    Matrix f = evaluation.f().value();
    this.value = tape.take(f.rows(), f.cols());
    system.backend().copy(f, value);
  }

  @Override
  public void derivative(double[] yDot) {
    system.download(value, evaluation, part, yDot);
  }

  @Override
  public void pullback(double[] cotangent, double[] yBar) {
    sweep(cotangent, yBar);
    accumulate(1);
    giveBackScratch();
  }

  /**
   * Sweeps back, and leaves the gradients of parameters and context to {@link #accumulate}; until
   * this is closed, what they need is kept.
   */
  void sweep(double[] cotangent, double[] yBar) {
    Backend backend = system.backend();
    scratch = system.workspace().borrowScratch(backend);
    tape.beginSweep(scratch);
    seed(evaluation.f(), cotangent, 0);
    Var trace = evaluation.trace();
    if (trace != null) {
      seed(trace, cotangent, system.positions(part));
    }
    Var energy = evaluation.energy();
    if (energy != null) {
      seed(energy, cotangent, system.energyOffset(part));
    }
    tape.reverse();
    backend.download(evaluation.z().gradient(), yBar, 0);
    // The integrals of divergence and energy appear nowhere on the right-hand side.
    Arrays.fill(yBar, system.positions(part), system.dimension(part), 0);
    instants.addAdjoint(instant, part, evaluation.time().gradient());
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

  void accumulate(double weight) {
    tape.accumulate(weight, system.gradients(system.group(part)));
    Var context = evaluation.context();
    if (context != null) {
      system.addContextGradient(part, weight, context);
    }
  }

  private void giveBackScratch() {
    if (scratch != null) {
      tape.giveBack();
      system.workspace().giveBack(system.backend(), scratch);
      scratch = null;
    }
  }

  @Override
  public long bytes() {
    // Not what the tape holds: how much is kept of a solve, and with it how sums over instants are
    // rounded, must not depend on what the tape was used for before.
    return tape.ownBytes();
  }

  @Override
  public void close() {
    giveBackScratch();
    system.workspace().giveBack(tape, use);
  }
}
