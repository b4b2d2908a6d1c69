package org.fjordflow.discrete.internal.networks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.internal.ConfigChecks;

/**
 * Dropout (Srivastava et al. 2014) with the scale in training: each element of a hidden layer is
 * zero with a probability, and otherwise divided by the probability that it stays. Evaluations are
 * left alone.
 *
 * @param rate the probability, at least 0 and below 1
 */
public record Dropout(double rate) {

  /** Nothing is dropped. */
  public static final Dropout NONE = new Dropout(0);

  /** 2^32: draws are numbers of 32 bits. */
  private static final double DRAWS = 0x1p32;

  private static final long LOW = 0xFFFFFFFFL;

  /**
   * Checks the range.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION outside it
   */
  public Dropout {
    ConfigChecks.require(rate >= 0 && rate < 1, "dropout", rate, "at least 0, below 1");
  }

  /** Dropout with a probability. */
  public static Dropout of(double rate) {
    return new Dropout(rate);
  }

  private boolean drops(Pass pass) {
    return rate > 0 && pass.training();
  }

  /**
   * Drops elements, other ones in each call.
   *
   * @param pass gives the draws, in the order of calls
   * @param hidden n x units
   */
  public Var apply(Pass pass, Var hidden) {
    return drops(pass) ? pass.tape().multiply(hidden, mask(pass, hidden)) : hidden;
  }

  /**
   * Drops the same elements in every use of one network within a pass, for one that is used column
   * by column.
   *
   * @param pass gives the draws
   * @param layers hidden layers of the network
   * @return for the hidden layers in their order, use after use
   */
  public UnaryOperator<Var> sameFor(Pass pass, int layers) {
    if (!drops(pass)) {
      return UnaryOperator.identity();
    }
    List<Var> masks = new ArrayList<>();
    int[] calls = {0};
    return hidden -> {
      int layer = calls[0]++ % layers;
      if (layer == masks.size()) {
        masks.add(mask(pass, hidden));
      }
      return pass.tape().multiply(hidden, masks.get(layer));
    };
  }

  private Var mask(Pass pass, Var hidden) {
    Tape tape = pass.tape();
    RandomGenerator random = pass.random();
    double[] factors = new double[hidden.rows() * hidden.cols()];
    long limit = (long) (rate * DRAWS);
    double kept = 1 / (1 - rate);
    for (int e = 0; e < factors.length; e += 2) {
      long draw = random.nextLong();
      factors[e] = (draw >>> Integer.SIZE) < limit ? 0 : kept;
      if (e + 1 < factors.length) {
        factors[e + 1] = (draw & LOW) < limit ? 0 : kept;
      }
    }
    Matrix mask = tape.take(hidden.rows(), hidden.cols());
    tape.backend().upload(factors, 0, mask);
    return tape.constant(mask);
  }
}
