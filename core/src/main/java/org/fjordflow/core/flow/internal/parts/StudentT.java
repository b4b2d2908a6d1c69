package org.fjordflow.core.flow.internal.parts;

import java.util.List;
import java.util.Objects;
import org.fjordflow.core.autodiff.CustomReverse;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.hipparchus.special.Beta;
import org.jspecify.annotations.Nullable;

/**
 * The density of Student's t with v degrees of freedom as operations of a tape:
 *
 * <pre>
 * log p(z) = logNormalizer(v) + logKernel(z, v)
 * logNormalizer(v) = log G((v + 1) / 2) - log G(v / 2) - log(v pi) / 2
 * logKernel(z, v) = -(v + 1) / 2 log(1 + z^2 / v)
 * </pre>
 *
 * <p>Computed in double precision whatever the tape's; finite for every finite z.
 */
final class StudentT {

  /** From here on z^2 / v is all of 1 + z^2 / v, and z^2 may overflow. */
  private static final double FAR = 1e20;

  /** From here on the series is exact. */
  private static final double LARGE = 20;

  private StudentT() {}

  /** The logarithm of the density at zero, element by element. */
  static Var logNormalizer(Tape tape, Var degrees) {
    double[] v = Elements.of(tape.backend(), degrees.value());
    double[] values = new double[v.length];
    double[] slopes = new double[v.length];
    double[] bends = new double[v.length];
    for (int i = 0; i < v.length; i++) {
      values[i] = logNormalizer(v[i]);
      slopes[i] = normalizerSlope(v[i]);
      bends[i] = normalizerBend(v[i]);
    }
    return elementwise(
        tape,
        degrees,
        values,
        slopes,
        (own, inputs, outputs, tangents) -> {
          Var slope = elementwise(own, inputs.get(0), slopes, bends, StudentT::refused);
          return List.of(own.multiply(slope, Objects.requireNonNull(tangents.get(0))));
        });
  }

  private static Var elementwise(
      Tape tape, Var x, double[] values, double[] slopes, CustomReverse.Tangents rule) {
    Backend backend = tape.backend();
    Matrix result = tape.take(x.rows(), x.cols());
    backend.upload(values, 0, result);
    return tape.custom(
            List.of(x),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              for (int i = 0; i < bar.length; i++) {
                bar[i] *= slopes[i];
              }
              Elements.add(backend, bar, targets.get(0));
            },
            rule)
        .get(0);
  }

  /** log G((v + 1) / 2) - log G(v / 2) is log G(1 / 2) less the logarithm of the beta function. */
  private static double logNormalizer(double v) {
    return -Beta.logBeta(0.5, v / 2) - 0.5 * Math.log(v);
  }

  /**
   * The derivative of the logarithm of the density at zero: {@code h(v / 2) / 2} with {@code h(a) =
   * digamma(a + 1/2) - digamma(a) - 1 / (2 a)}, which needs no difference of large numbers. It is
   * {@code h(a + 1) + 1 / (4 a (a + 1/2) (a + 1))}, and has a series in 1 / a^2 for large a.
   * Differences of Hipparchus' digamma have errors of some 1e-10.
   */
  static double normalizerSlope(double v) {
    double a = v / 2;
    double sum = 0;
    for (; a < LARGE; a++) {
      sum += 0.25 / (a * (a + 0.5) * (a + 1));
    }
    double w = 1 / (a * a);
    return 0.5
        * (sum
            + w * (1 / 8.0 - w * (1 / 64.0 - w * (1 / 128.0 - w * (17 / 2048.0 - w * 31 / 2048)))));
  }

  /** The derivative of the slope, term by term. */
  private static double normalizerBend(double v) {
    double a = v / 2;
    double sum = 0;
    for (; a < LARGE; a++) {
      double product = a * (a + 0.5) * (a + 1);
      sum -= 0.25 * (3 * a * (a + 1) + 0.5) / (product * product);
    }
    double w = 1 / (a * a);
    double series = 1 / 4.0 - w * (1 / 16.0 - w * (3 / 64.0 - w * (17 / 256.0 - w * 155 / 1024)));
    return 0.25 * (sum - w / a * series);
  }

  /**
   * The logarithm of the density at z less that at zero, element by element.
   *
   * @param z n x cols
   * @param degrees 1 x cols
   */
  static Var logKernel(Tape tape, Var z, Var degrees) {
    Backend backend = tape.backend();
    double[] at = Elements.of(backend, tape.value(z).value());
    double[] v = Elements.of(backend, tape.value(degrees).value());
    double[] values = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      double of = v[i % v.length];
      values[i] = -0.5 * (of + 1) * logOnePlus(at[i], of);
    }
    Matrix result = tape.take(z.rows(), z.cols());
    backend.upload(values, 0, result);
    return tape.custom(
            List.of(z, degrees),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              double[] byDegrees = new double[v.length];
              for (int i = 0; i < bar.length; i++) {
                int j = i % v.length;
                byDegrees[j] += bar[i] * kernelByDegrees(at[i], v[j]);
                bar[i] *= kernelSlope(at[i], v[j]);
              }
              Elements.add(backend, bar, targets.get(0));
              Elements.add(backend, byDegrees, targets.get(1));
            },
            StudentT::kernelTangents)
        .get(0);
  }

  /** log(1 + z^2 / v). */
  private static double logOnePlus(double z, double v) {
    double size = Math.min(Math.abs(z), Double.MAX_VALUE);
    return size > FAR ? 2 * Math.log(size) - Math.log(v) : Math.log1p(size * size / v);
  }

  /** z^2 / (v + z^2). */
  private static double share(double z, double v) {
    return 1 / (1 + v / z / z);
  }

  private static double kernelSlope(double z, double v) {
    return z == 0 ? 0 : -(v + 1) * share(z, v) / z;
  }

  /** The derivative of the kernel by the degrees. */
  static double kernelByDegrees(double z, double v) {
    double share = z == 0 ? 0 : share(z, v);
    return 0.5 * ((v + 1) / v * share - logOnePlus(z, v));
  }

  /** The derivatives above, made of operations of the tape. */
  private static List<Var> kernelTangents(
      Tape tape, List<Var> inputs, List<Var> outputs, List<@Nullable Var> tangents) {
    Var z = inputs.get(0);
    Var v = inputs.get(1);
    Var inverse =
        tape.apply(Elementwise.RECIPROCAL, tape.add(tape.apply(Elementwise.SQUARE, z), v));
    Var above = tape.affine(1, v, 1);
    Var sum = null;
    Var alongZ = tangents.get(0);
    if (alongZ != null) {
      Var slope = tape.multiply(tape.multiply(z, inverse), above);
      sum = tape.affine(-1, tape.multiply(slope, alongZ), 0);
    }
    Var alongV = tangents.get(1);
    if (alongV != null) {
      Var share = tape.affine(-1, tape.multiply(inverse, v), 1);
      Var first = tape.multiply(share, tape.multiply(above, tape.apply(Elementwise.RECIPROCAL, v)));
      Var logs = tape.multiply(outputs.get(0), tape.apply(Elementwise.RECIPROCAL, above));
      Var byDegrees = tape.sum(0.5, first, 1, logs);
      Var moved = tape.multiply(byDegrees, alongV);
      sum = sum == null ? moved : tape.add(sum, moved);
    }
    return List.of(Objects.requireNonNull(sum));
  }

  /** A tape has first tangents alone, so that of a derivative is never asked for. */
  private static List<Var> refused(
      Tape tape, List<Var> inputs, List<Var> outputs, List<@Nullable Var> tangents) {
    throw new IllegalStateException("a tangent of a tangent");
  }
}
