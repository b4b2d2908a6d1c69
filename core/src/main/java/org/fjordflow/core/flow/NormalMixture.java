package org.fjordflow.core.flow;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.internal.RowArrays;

/** A mixture of diagonal normals: each row comes from one of them, drawn by its weight. */
public final class NormalMixture implements Distribution {

  private final double[] weights;
  private final List<DiagonalNormal> components;

  /**
   * Creates the mixture.
   *
   * @param weights one positive value a component; they are divided by their sum. Not modified.
   * @param components at least one, all of the same dimension
   * @throws FjordException INVALID_ARGUMENT if there is no component or a weight is not positive
   *     and finite, SHAPE_MISMATCH if the numbers of weights and components or the dimensions
   *     differ
   */
  public NormalMixture(double[] weights, List<DiagonalNormal> components) {
    this.components = List.copyOf(components);
    if (this.components.isEmpty()) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "a mixture of no normals");
    }
    int dim = this.components.get(0).dim();
    if (weights.length != components.size()
        || this.components.stream().anyMatch(component -> component.dim() != dim)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%d weights for normals of dimensions %s; expected one each, and one dimension"
              .formatted(
                  weights.length, this.components.stream().map(DiagonalNormal::dim).toList()));
    }
    double sum = Arrays.stream(weights).sum();
    for (double weight : weights) {
      if (!(weight > 0) || Double.isInfinite(sum)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "weights %s; expected positive and finite numbers".formatted(Arrays.toString(weights)));
      }
    }
    this.weights = Arrays.stream(weights).map(weight -> weight / sum).toArray();
  }

  /** Returns the weights, which sum to one. */
  public double[] weights() {
    return weights.clone();
  }

  /** Returns the normals. */
  public List<DiagonalNormal> components() {
    return components;
  }

  @Override
  public int dim() {
    return components.get(0).dim();
  }

  @Override
  public Var logProb(Tape tape, Var x) {
    Var[] terms = new Var[weights.length];
    for (int k = 0; k < terms.length; k++) {
      terms[k] = tape.affine(1, components.get(k).logProb(tape, x), Math.log(weights[k]));
    }
    return tape.logSumExp(tape.concat(terms));
  }

  @Override
  public double[][] sample(int n, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, dim());
    for (int i = 0; i < n; i++) {
      rows[i] = components.get(draw(random)).sample(1, random)[0];
    }
    return rows;
  }

  private int draw(RandomGenerator random) {
    double left = random.nextDouble();
    int k = 0;
    while (k < weights.length - 1 && left >= weights[k]) {
      left -= weights[k];
      k++;
    }
    return k;
  }
}
