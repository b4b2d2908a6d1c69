package org.fjordflow.cnf.internal.field;

import org.fjordflow.cnf.internal.field.Workspace.Use;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Scratch;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.ode.internal.parts.Instants;

/** A {@link FieldSystem} at some times: holds what the field prepared for each of them. */
final class FieldInstants implements Instants {

  private final FieldSystem system;
  private final Use use;
  private final Tape tape;
  private final Var times;
  private final Var prepared;
  private final Matrix[] adjoints;

  FieldInstants(FieldSystem system, double[] times, boolean reversible) {
    this.system = system;
    Backend backend = system.backend();
    this.use = reversible ? Use.PREPARE_REVERSIBLY : Use.PREPARE;
    this.tape = system.workspace().borrow(backend, use);
    Matrix column = tape.take(times.length, 1);
    backend.upload(times, 0, column);
    this.times = tape.input(column);
    this.prepared = system.field().prepare(tape, this.times);
    this.adjoints = new Matrix[reversible ? system.rowGroups() : 0];
    for (int g = 0; g < adjoints.length; g++) {
      adjoints[g] = tape.take(times.length, prepared.cols());
      backend.fill(0, adjoints[g]);
    }
  }

  private Matrix row(int instant) {
    return prepared.value().rows(instant, instant + 1);
  }

  @Override
  public void derivatives(int instant, int part, boolean integrals, double[] y, double[] yDot) {
    Use forPart = system.hasTangents(integrals) ? Use.EVALUATE_PART : Use.EVALUATE_WITHOUT_TANGENTS;
    Tape own = system.workspace().borrow(system.backend(), forPart);
    try {
      FieldEvaluation evaluation = system.evaluate(own, row(instant), part, integrals, y);
      system.download(evaluation.f().value(), evaluation, part, yDot);
    } finally {
      system.workspace().giveBack(own, forPart);
    }
  }

  /**
   * Writes the field's tangents along the directions of a part, zeros where it has none.
   *
   * @param tangents tangent 1 of all rows, tangent 2 of all rows and so on; zeros. Modified.
   */
  void tangents(int instant, int part, double[] y, double[] tangents) {
    Tape own = system.workspace().borrow(system.backend(), Use.EVALUATE_PART);
    try {
      Var f = system.evaluate(own, row(instant), part, true, y).f();
      for (int k = 0; k < f.tangents(); k++) {
        system.backend().download(f.tangent(k), tangents, k * y.length);
      }
    } finally {
      system.workspace().giveBack(own, Use.EVALUATE_PART);
    }
  }

  @Override
  public FieldPart linearize(int instant, int part, boolean integrals, double[] y) {
    Workspace workspace = system.workspace();
    Use forPart =
        system.hasTangents(integrals) ? Use.LINEARIZE_PART : Use.LINEARIZE_WITHOUT_TANGENTS;
    Tape own = workspace.borrow(system.backend(), forPart);
    Scratch scratch = workspace.borrowScratch(system.backend());
    own.borrow(scratch);
    try {
      FieldEvaluation evaluation = system.evaluate(own, row(instant), part, integrals, y);
      return new FieldPart(system, this, instant, part, forPart, own, evaluation);
    } catch (RuntimeException e) {
      workspace.giveBack(own, forPart);
      throw e;
    } finally {
      own.giveBack();
      workspace.giveBack(system.backend(), scratch);
    }
  }

  /** Adds to the adjoint of what was prepared for a time, on behalf of a part. */
  void addAdjoint(int instant, int part, Matrix bar) {
    Matrix target = adjoints[system.group(part)].rows(instant, instant + 1);
    system.backend().add(1, bar, 1, target);
  }

  @Override
  public void reverse(double[] timeBar) {
    sweep(timeBar);
    accumulate(1);
  }

  /** Sweeps back, and leaves parameters' gradients to {@link #accumulate}. */
  void sweep(double[] timeBar) {
    Backend backend = system.backend();
    for (int g = 1; g < adjoints.length; g++) {
      backend.add(1, adjoints[g], 1, adjoints[0]);
    }
    if (prepared.isDifferentiable()) { // unless it does not depend on time at all
      tape.seed(prepared, adjoints[0]);
    }
    tape.reverse();
    backend.download(times.gradient(), timeBar, 0);
  }

  void accumulate(double weight) {
    tape.accumulate(weight, system.gradients(0));
  }

  long bytes() {
    return tape.ownBytes();
  }

  @Override
  public void close() {
    system.workspace().giveBack(tape, use);
  }
}
