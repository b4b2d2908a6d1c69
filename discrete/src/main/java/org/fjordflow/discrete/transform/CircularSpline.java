package org.fjordflow.discrete.transform;

import java.util.List;
import org.fjordflow.base.FjordException;

/**
 * A rotation of the circle and a monotonic rational-quadratic spline of [-pi, pi] onto itself whose
 * derivatives at both ends agree: Rezende et al. 2020, section 2.1.3. Angle and density are
 * continuous all around. Angles are in radians; what comes out is in [-pi, pi), what goes in may be
 * off by turns.
 *
 * <p>Parameters of an element, for K bins: K widths and K heights, each through a softmax, K
 * derivatives through a softplus, and the rotation as it is.
 */
final class CircularSpline extends ColumnTransform {

  private static final double TURN = 2 * Math.PI;

  /** The greatest number of single precision below pi. */
  private static final double SINGLE = Math.nextDown((float) Math.PI);

  private final int bins;
  private final RationalQuadratic function;

  /**
   * Creates the transform.
   *
   * @param bins number of bins, from 2 to 500
   * @throws FjordException INVALID_CONFIGURATION for another number
   */
  CircularSpline(int bins) {
    this.bins = bins;
    this.function = new RationalQuadratic(bins, Math.PI, true, 1);
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
    return this;
  }

  @Override
  public boolean isOnCircle() {
    return true;
  }

  @Override
  List<Number> settings() {
    return List.of(bins);
  }

  @Override
  void forward(ElementRun run) {
    rotate(run);
    function.forward(run);
    for (int e = 0; e < run.count; e++) {
      run.y[e] = represented(run, wrapped(run.y[e]));
    }
  }

  @Override
  void inverse(ElementRun run) {
    for (int e = 0; e < run.count; e++) {
      run.y[e] = wrapped(run.y[e]);
    }
    function.inverse(run);
    for (int e = 0; e < run.count; e++) {
      run.x[e] = represented(run, wrapped(run.x[e] - wrapped(rotation(run, e))));
    }
  }

  @Override
  void reverse(ElementRun run) {
    rotate(run);
    function.reverse(run);
    for (int e = 0; e < run.count; e++) {
      run.parameterBars[(e + 1) * parameters() - 1] = run.shiftBar(e);
    }
  }

  private void rotate(ElementRun run) {
    for (int e = 0; e < run.count; e++) {
      run.x[e] = wrapped(run.x[e] + wrapped(rotation(run, e)));
    }
  }

  /** The last parameter of an element. */
  private double rotation(ElementRun run, int e) {
    return run.parameters[(e + 1) * parameters() - 1];
  }

  /** The same angle in [-pi, pi), whatever the number of turns. */
  static double wrapped(double angle) {
    if (angle >= -Math.PI && angle < Math.PI) {
      return angle;
    }
    double rest = Math.IEEEremainder(angle, TURN);
    return rest >= Math.PI ? -Math.PI : rest;
  }

  /** Near pi, single precision would round to more than pi. */
  private static double represented(ElementRun run, double angle) {
    return run.isSingle() ? Math.max(-SINGLE, Math.min(SINGLE, angle)) : angle;
  }
}
