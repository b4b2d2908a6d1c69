package org.fjordflow.ode.internal.step;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.method.Tableau;

/**
 * The sums of a method's steps: the states of its stages, the state at the end, and on the way back
 * the cotangents of the stages' derivatives.
 */
public final class StepRows {
  private final SolverMethod method;
  private final Tableau tableau;
  private final int stages;
  private final boolean evaluatesEnd;
  private final LinearCombination[] states;
  private final LinearCombination[] cotangents;
  private final boolean[] weighs;

  /**
   * Returns the sums of the steps of a Runge-Kutta method.
   *
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method is another one
   */
  public static StepRows of(SolverConfig config) {
    if (config instanceof SolverConfig.Fixed fixed) {
      return new StepRows(fixed.method());
    }
    if (config instanceof SolverConfig.Adaptive adaptive) {
      return new StepRows(adaptive.method());
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        config.name() + " is no Runge-Kutta method: use one of " + SolverMethod.withTableau());
  }

  public StepRows(SolverMethod method) {
    this.method = method;
    this.tableau = method.tableau();
    this.stages = tableau.solutionStages();
    this.evaluatesEnd = method.isAdaptive();
    this.states = new LinearCombination[stages + 1];
    this.cotangents = new LinearCombination[stages];
    this.weighs = weighs(method);
    for (int i = 0; i <= stages; i++) {
      double[] row = new double[i];
      for (int j = 0; j < i; j++) {
        row[j] = i == stages ? tableau.b(j) : tableau.a(i, j);
      }
      states[i] = new LinearCombination(row);
    }
    for (int i = 0; i < stages; i++) {
      double[] column = new double[stages + 1];
      column[stages] = tableau.b(i);
      for (int j = i + 1; j < stages; j++) {
        column[j] = tableau.a(j, i);
      }
      cotangents[i] = new LinearCombination(column);
    }
  }

  private boolean[] weighs(SolverMethod method) {
    boolean[] result = new boolean[stages + 1];
    for (int i = 0; i < stages; i++) {
      result[i] = tableau.b(i) != 0;
    }
    if (evaluatesEnd) {
      ErrorEstimate estimate = ErrorEstimate.of(method);
      for (int i = 0; i < stages; i++) {
        result[i] |= estimate.contains(i);
      }
      // The end of one step and the start of the next are the same evaluation.
      result[0] = true;
      result[stages] = true;
    }
    return result;
  }

  /** Returns the method. */
  public SolverMethod method() {
    return method;
  }

  /** Returns the number of stages that the end depends on; it is also the index of the end. */
  public int stages() {
    return stages;
  }

  /** Returns whether the derivative at the end belongs to the step: an adaptive method's does. */
  public boolean evaluatesEnd() {
    return evaluatesEnd;
  }

  /** Returns the first stage that a step evaluates: an adaptive one begins where one ended. */
  public int firstStage() {
    return evaluatesEnd ? 1 : 0;
  }

  /** Returns the last stage that a step evaluates. */
  public int lastStage() {
    return evaluatesEnd ? stages : stages - 1;
  }

  /** Returns how a stage's state is made of the derivatives of earlier ones. */
  public LinearCombination state(int stage) {
    return states[stage];
  }

  /** Returns whether the state that is made next contains a stage's derivative. */
  public boolean shows(int stage) {
    return stage < stages && states[stage + 1].contains(stage);
  }

  /**
   * Returns whether the end of a step or its error estimate gives a stage's derivative a weight. Of
   * one that is in other stages' states alone, such as the second of Dormand-Prince 5(4), no
   * derivatives of integrals are needed.
   */
  public boolean weighs(int stage) {
    return weighs[stage];
  }

  /**
   * Returns how the cotangent of a stage's derivative, but for the factor h, is made of YBar of the
   * stages, and the cotangent of the end that follows them.
   */
  public LinearCombination cotangent(int stage) {
    return cotangents[stage];
  }

  /** Returns where the stages of a step are, from one to another. */
  public double[] places(int from, int to, double s, double length) {
    double[] places = new double[to - from + 1];
    places(from, s, length, places);
    return places;
  }

  /**
   * Computes where the stages of a step are.
   *
   * @param from the first of them
   * @param places receives as many as there is room for. Modified
   */
  public void places(int from, double s, double length, double[] places) {
    for (int i = 0; i < places.length; i++) {
      int stage = from + i;
      places[i] = s + length * place(stage);
    }
  }

  /** Returns where a stage is within its step, in units of the step's length. */
  double place(int stage) {
    return stage == stages ? 1 : tableau.c(stage);
  }
}
