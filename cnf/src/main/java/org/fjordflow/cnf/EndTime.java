package org.fjordflow.cnf;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Parameters;

/** When the flow ends: time runs from zero to here. */
public sealed interface EndTime {

  /** Puts the end time on a tape, 1 x 1, with its gradient where it is trained. */
  Var on(Tape tape);

  /** A constant. */
  record Fixed(double time) implements EndTime {

    /**
     * Checks the time.
     *
     * @throws FjordException INVALID_ARGUMENT if it is not positive and finite
     */
    public Fixed {
      if (!(time > 0) || Double.isInfinite(time)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "an end time of " + time + "; expected a positive finite number");
      }
    }

    @Override
    public Var on(Tape tape) {
      return tape.constant(time);
    }
  }

  /**
   * Trained as its square root, so that it stays positive (FFJORD's {@code sqrt_end_time}).
   *
   * @param squareRoot 1 x 1
   */
  record Trained(Parameter squareRoot) implements EndTime {

    @Override
    public Var on(Tape tape) {
      return tape.apply(Elementwise.SQUARE, tape.parameter(squareRoot));
    }
  }

  /**
   * Creates a trained end time.
   *
   * @param parameters where {@code name} is added, a scalar. Modified.
   * @param name such as {@code chain.0.sqrt_end_time}
   * @param time initial end time, positive
   * @return the end time
   */
  static EndTime trained(Parameters parameters, String name, double time) {
    Fixed checked = new Fixed(time);
    return new Trained(parameters.add(name, new double[] {Math.sqrt(checked.time())}));
  }
}
