package org.fjordflow.inference;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.inference.ParameterSpace.Constrain;
import org.fjordflow.inference.TargetDensity.Evaluated;

/** A target as a density of real numbers, its constraints' Jacobians included. */
final class FreeTarget {

  private static final int CHUNK = 1024;

  /** Of differences, where 1 is a usual distance. */
  private static final double STEP = 1e-5;

  private static final double ALLOWED = 1e-2;

  private final TargetDensity target;
  private final ParameterSpace space;
  private final Backend backend;
  private final Tape tape;
  private long evaluations;

  /**
   * Prepares evaluations.
   *
   * @param backend of double precision
   */
  FreeTarget(TargetDensity target, Backend backend) {
    this.target = target;
    this.space = target.parameters();
    this.backend = backend;
    this.tape = Tape.recording(backend);
  }

  /**
   * Log-densities and gradients of rows.
   *
   * @param value [n], in nats, of the real numbers
   * @param gradient n x dim, row by row
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Values(double[] value, double[] gradient) {}

  int dim() {
    return space.freeSize();
  }

  /** Returns how many rows have been evaluated. */
  long evaluations() {
    return evaluations;
  }

  /**
   * Evaluates rows; values that are not finite are handed on.
   *
   * @param rows n x dim, row by row. Not modified.
   * @throws FjordException SHAPE_MISMATCH if the target gives something of another size
   */
  Values evaluate(double[] rows) {
    int dim = dim();
    int n = rows.length / dim;
    double[] value = new double[n];
    double[] gradient = new double[rows.length];
    for (int from = 0; from < n; from += CHUNK) {
      int to = Math.min(n, from + CHUNK);
      chunk(rows, from, to, value, gradient);
    }
    evaluations += n;
    return new Values(value, gradient);
  }

  /**
   * Checks a gradient that a user computes, by differences of log-densities at a point.
   *
   * @param point where both are finite. Not modified.
   * @throws FjordException INVALID_ARGUMENT if they differ, naming the parameter
   */
  void requireGradient(double[] point) {
    if (!(target instanceof TargetDensity.OnRows)) {
      return;
    }
    Values here = evaluate(point);
    for (int j = 0; j < point.length; j++) {
      double step = STEP * Math.max(1, Math.abs(point[j]));
      double[] rows = new double[2 * point.length];
      System.arraycopy(point, 0, rows, 0, point.length);
      System.arraycopy(point, 0, rows, point.length, point.length);
      rows[j] += step;
      rows[point.length + j] -= step;
      double[] values = evaluate(rows).value();
      double difference = (values[0] - values[1]) / (2 * step);
      double given = here.gradient()[j];
      double rounding = 1e-13 * Math.abs(here.value()[0]) / step;
      double size = Math.max(1, Math.max(Math.abs(given), Math.abs(difference)));
      if (Double.isFinite(difference) && Math.abs(difference - given) > ALLOWED * size + rounding) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "the target's gradient by %s is %.6g, but differences of its log-density give %.6g, at %s (constraints included); check the gradient"
                .formatted(space.freeName(j), given, difference, describe(point)));
      }
    }
  }

  private void chunk(double[] rows, int from, int to, double[] value, double[] gradient) {
    int dim = dim();
    tape.reset();
    Matrix free = tape.take(to - from, dim);
    backend.upload(rows, from * dim, free);
    Var u = tape.input(free);
    Var sum = logDensity(u);
    backend.download(sum.value(), value, from);
    if (sum.isDifferentiable()) {
      Matrix ones = tape.take(to - from, 1);
      backend.fill(1, ones);
      tape.seed(sum, ones);
      tape.reverse();
      backend.download(u.gradient(), gradient, from * dim);
    }
  }

  private Var logDensity(Var u) {
    Constrain constrained = space.constrain(tape, u);
    Var own =
        target instanceof TargetDensity.OnTape onTape
            ? onTape.logDensity(tape, constrained.draws())
            : byRows((TargetDensity.OnRows) target, constrained.draws().all(tape));
    if (own.rows() != u.rows() || own.cols() != 1 || own.tangents() != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the target gave a log-density of %d x %d for %d draws; expected %d x 1, such as Tape.rowSum(...)"
              .formatted(own.rows(), own.cols(), u.rows(), u.rows()));
    }
    Var logJacobian = constrained.logJacobian();
    return logJacobian == null ? own : tape.add(own, logJacobian);
  }

  private Var byRows(TargetDensity.OnRows onRows, Var all) {
    int size = all.cols();
    double[] values = Elements.of(backend, all.value());
    double[] logs = new double[all.rows()];
    double[] slopes = new double[values.length];
    for (int i = 0; i < logs.length; i++) {
      Evaluated evaluated = onRows.logDensity(Arrays.copyOfRange(values, i * size, (i + 1) * size));
      if (evaluated.gradient().length != size) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "the target gave a gradient of %d values; expected %d, one for each of %s"
                .formatted(evaluated.gradient().length, size, space.names()));
      }
      logs[i] = evaluated.value();
      System.arraycopy(evaluated.gradient(), 0, slopes, i * size, size);
    }
    Matrix result = tape.take(all.rows(), 1);
    backend.upload(logs, 0, result);
    return tape.custom(
            List.of(all),
            List.of(result),
            (bars, targets) -> {
              double[] bar = Elements.of(backend, bars.get(0));
              double[] scaled = slopes.clone();
              for (int e = 0; e < scaled.length; e++) {
                scaled[e] *= bar[e / size];
              }
              Elements.add(backend, scaled, targets.get(0));
            })
        .get(0);
  }

  /**
   * Parameters of rows of real numbers.
   *
   * @param rows n x dim. Not modified.
   * @return n x size, in the user's units
   */
  double[][] constrain(double[][] rows) {
    double[][] result = new double[rows.length][];
    for (int from = 0; from < rows.length; from += CHUNK) {
      int to = Math.min(rows.length, from + CHUNK);
      tape.reset();
      double[] flat = flatten(Arrays.copyOfRange(rows, from, to), dim());
      Var u = tape.constant(flat, to - from, dim());
      Var all = space.constrain(tape, u).draws().all(tape);
      double[] values = Elements.of(backend, all.value());
      for (int i = from; i < to; i++) {
        int at = (i - from) * all.cols();
        result[i] = Arrays.copyOfRange(values, at, at + all.cols());
      }
    }
    return result;
  }

  /** Describes a row of real numbers in the user's units. */
  String describe(double[] row) {
    double[] values = constrain(new double[][] {row})[0];
    StringBuilder text = new StringBuilder();
    for (int j = 0; j < Math.min(values.length, 6); j++) {
      String name = space.names().get(j);
      text.append(j == 0 ? "" : ", ").append(name);
      text.append(String.format(Locale.ROOT, " = %.4g", values[j]));
    }
    return values.length > 6 ? text + ", ..." : text.toString();
  }

  static double[] flatten(double[][] rows, int cols) {
    double[] flat = new double[rows.length * cols];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * cols, cols);
    }
    return flat;
  }
}
