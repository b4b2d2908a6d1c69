package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.fjordflow.core.data.internal.LogSum;

/**
 * Weighted points of the plane, each with the same round normal around it. Points on a curve stand
 * for the whole curve where they are close in comparison with the normal's deviation.
 */
final class BlurredPoints {

  private record Point(double logWeight, double x, double y) {}

  /** Gauss and Legendre's rules of three and four points on (-1, 1): places and weights. */
  private static final double[][] THREE = {
    {-0.7745966692414834, 0, 0.7745966692414834}, {5.0 / 9, 8.0 / 9, 5.0 / 9}
  };

  private static final double[][] FOUR = {
    {-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526},
    {0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538}
  };

  /** Distance of points on a circle, in deviations: the sum is then exact to rounding. */
  private static final double SPACING = 0.6;

  private final double deviation;
  private final List<Point> points = new ArrayList<>();

  /**
   * Creates an empty sum.
   *
   * @param deviation standard deviation in both coordinates
   */
  BlurredPoints(double deviation) {
    this.deviation = deviation;
  }

  /** Adds a point. */
  BlurredPoints point(double weight, double x, double y) {
    points.add(new Point(Math.log(weight), x, y));
    return this;
  }

  /** Adds a circle around the origin, with a uniform angle. */
  BlurredPoints circle(double weight, double radius) {
    int count = (int) Math.ceil(2 * Math.PI * radius / (SPACING * deviation));
    for (int i = 0; i < count; i++) {
      double angle = 2 * Math.PI * i / count;
      point(weight / count, radius * Math.cos(angle), radius * Math.sin(angle));
    }
    return this;
  }

  /**
   * Adds a curve.
   *
   * @param weight of the curve
   * @param panels how many parts of equal length in t are made, each with four points
   * @param density of t between the ends
   */
  BlurredPoints curve(
      double weight,
      double from,
      double to,
      int panels,
      DoubleUnaryOperator x,
      DoubleUnaryOperator y,
      DoubleUnaryOperator density) {
    double half = (to - from) / panels / 2;
    for (int panel = 0; panel < panels; panel++) {
      double middle = from + (2 * panel + 1) * half;
      for (int i = 0; i < FOUR[0].length; i++) {
        double t = middle + half * FOUR[0][i];
        double share = half * FOUR[1][i] * density.applyAsDouble(t);
        point(weight * share, x.applyAsDouble(t), y.applyAsDouble(t));
      }
    }
    return this;
  }

  /** Returns the same with uniform offsets of both coordinates, from 0 to a side. */
  BlurredPoints offset(double side) {
    BlurredPoints result = new BlurredPoints(deviation);
    for (Point point : points) {
      for (int i = 0; i < THREE[0].length; i++) {
        for (int j = 0; j < THREE[0].length; j++) {
          result.point(
              Math.exp(point.logWeight) * THREE[1][i] * THREE[1][j] / 4,
              point.x + side * (1 + THREE[0][i]) / 2,
              point.y + side * (1 + THREE[0][j]) / 2);
        }
      }
    }
    return result;
  }

  /** Returns the log-density in nats; that of a distribution if the weights' sum is one. */
  double logProb(double x, double y) {
    double precision = 1 / (2 * deviation * deviation);
    LogSum sum = new LogSum();
    for (Point point : points) {
      double dx = x - point.x;
      double dy = y - point.y;
      sum.add(point.logWeight - precision * (dx * dx + dy * dy));
    }
    return sum.value() - Math.log(2 * Math.PI * deviation * deviation);
  }
}
