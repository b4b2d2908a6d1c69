package org.fjordflow.core.flow.internal.parts;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Distribution;

/**
 * What the rows of a source came from, of which nothing is known but those rows.
 *
 * @param dim number of columns
 */
public record UnknownBase(int dim) implements Distribution {

  @Override
  public Var logProb(Tape tape, Var x) {
    throw unknown();
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    throw unknown();
  }

  /** Says what such a model can do instead. */
  public static FjordException unknown() {
    return new FjordException(
        ErrorKey.UNSUPPORTED,
        "this model carries the rows of one sample to another, whose density is unknown: it has no log-densities and draws no samples; carry rows with it (fjord transform --time, FlowModel.carry)");
  }
}
