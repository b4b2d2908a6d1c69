package org.fjordflow.inference;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;

/**
 * A density of named parameters, known but for its integral, such as prior times likelihood. It is
 * the density of the parameters in the user's own units: Jacobians of constraints are no part of
 * it.
 */
public sealed interface TargetDensity {

  /** Returns the parameters; the same each time. */
  ParameterSpace parameters();

  /** A density made of operations of a tape, which differentiates it. */
  non-sealed interface OnTape extends TargetDensity {

    /**
     * Computes the log-density of draws.
     *
     * @param tape where operations are made
     * @param draws the parameters of n draws
     * @return n x 1, in nats; negative infinity where the density is zero
     */
    Var logDensity(Tape tape, Draws draws);
  }

  /** A density with a gradient that the user computes. */
  non-sealed interface OnRows extends TargetDensity {

    /**
     * Computes log-density and gradient.
     *
     * @param values of all parameters, in the order of their names; not to be modified
     */
    Evaluated logDensity(double[] values);
  }

  /**
   * A log-density and its gradient.
   *
   * @param value in nats; negative infinity where the density is zero
   * @param gradient by each value, in the order of the parameters' names
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Evaluated(double value, double[] gradient) {}
}
