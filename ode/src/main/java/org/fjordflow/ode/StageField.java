package org.fjordflow.ode;

import java.util.List;

/** A right-hand side that is told which stage of the method it is evaluated for. */
interface StageField {
  /** Stage index of the evaluation that only serves to estimate the first step. */
  int TRIAL = -1;

  /** Stage index of an evaluation on a step that was accepted, for a quadrature over it. */
  int QUADRATURE = -2;

  int dimension();

  /**
   * Evaluates the right-hand side. Within a step that is accepted, the stages 1, 2 ... are
   * evaluated in sequence, once each; stage 0 only in the first step of an adaptive solve, because
   * all methods' last stage is the first one of the next step. Methods without a tableau have no
   * stages and give 0.
   *
   * @param stage index of the stage, {@link #TRIAL} or {@link #QUADRATURE}
   * @param t time
   * @param y state. Not modified
   * @param yDot receives the derivative. Modified
   */
  void derivatives(int stage, double t, double[] y, double[] yDot);

  /** Returns the groups of the state, as {@link OdeSystem#groups}. */
  List<ComponentGroup> groups();

  /** Returns the relative precision, as {@link OdeSystem#precision}. */
  double precision();

  /** Returns what a message adds, as {@link OdeSystem#describe}. */
  String describe(int component);

  /**
   * Returns a system as a field that does not care about stages.
   *
   * @param system the system
   */
  static StageField of(OdeSystem system) {
    return new StageField() {
      @Override
      public int dimension() {
        return system.dimension();
      }

      @Override
      public void derivatives(int stage, double t, double[] y, double[] yDot) {
        system.derivatives(t, y, yDot);
      }

      @Override
      public List<ComponentGroup> groups() {
        return system.groups();
      }

      @Override
      public double precision() {
        return system.precision();
      }

      @Override
      public String describe(int component) {
        return system.describe(component);
      }
    };
  }
}
