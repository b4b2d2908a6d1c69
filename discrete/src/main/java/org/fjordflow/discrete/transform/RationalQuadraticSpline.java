package org.fjordflow.discrete.transform;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.fjordflow.base.FjordException;

/**
 * A monotonic rational-quadratic spline on [-B, B] with the identity outside (linear tails): Durkan
 * et al. 2019, section 3.1, after Gregory and Delbourgo 1982.
 *
 * <p>Parameters of an element, for K bins: K widths and K heights, each through a softmax, and K -
 * 1 derivatives at the inner knots through a softplus. Widths and heights of bins are at least
 * {@link SplineBin#MINIMUM} of the interval, and so are derivatives; those at the edges are one, so
 * that value and slope are continuous everywhere, knots and edges included.
 */
final class RationalQuadraticSpline extends ColumnTransform {

  private final int bins;
  private final double bound;
  private final RationalQuadratic function;

  /**
   * Creates the transform.
   *
   * @param bins number of bins, from 2 to 500
   * @param bound where the tails begin, positive
   * @throws FjordException INVALID_CONFIGURATION for values outside these ranges
   */
  @JsonCreator
  RationalQuadraticSpline(@JsonProperty("bins") int bins, @JsonProperty("bound") double bound) {
    this.bins = bins;
    this.bound = bound;
    this.function = new RationalQuadratic(bins, bound, false, 0);
  }

  /** Returns the number of bins. */
  @JsonProperty
  int bins() {
    return bins;
  }

  /** Returns where the tails begin. */
  @JsonProperty
  double bound() {
    return bound;
  }

  @Override
  public int parameters() {
    return function.parameters();
  }

  @Override
  public double[] identity() {
    return function.identity();
  }

  @Override
  public ColumnTransform onCircle() {
    return new CircularSpline(bins);
  }

  @Override
  List<Number> settings() {
    return List.of(bins, bound);
  }

  @Override
  void forward(ElementRun run) {
    function.forward(run);
  }

  @Override
  void inverse(ElementRun run) {
    function.inverse(run);
  }

  @Override
  void reverse(ElementRun run) {
    function.reverse(run);
  }
}
