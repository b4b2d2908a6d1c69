package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elements;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * An increasing function of one variable whose parameters come from elsewhere, applied to each
 * element with parameters of its own: what coupling and autoregressive flows do to a column.
 *
 * <p>One operation on the tape, with loops over rows in double precision and an exact reverse; rows
 * are dealt out to the backend's threads, with the same bits for any number of them.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = AdditiveTransform.class, name = "additive"),
  @JsonSubTypes.Type(value = AffineTransform.class, name = "affine"),
  @JsonSubTypes.Type(value = RationalQuadraticSpline.class, name = "spline")
})
public abstract sealed class ColumnTransform
    permits AdditiveTransform, AffineTransform, RationalQuadraticSpline {

  /** Parameters that are worth a task of their own. */
  private static final int TASK = 1 << 14;

  /** What {@link #forward} computed, kept for the reverse sweep. */
  static final class Values {
    final int cols;
    final double[] x;
    final double[] y;

    /** As given, or what the transform made of them. */
    final double[] parameters;

    /** log dy/dx of each element. */
    final double[] logSlope;

    /** Which piece of a piecewise function an element is in. */
    final int[] piece;

    Values(int rows, int cols, double[] x, double[] y, double[] parameters) {
      this.cols = cols;
      this.x = x;
      this.y = y;
      this.parameters = parameters;
      this.logSlope = new double[rows * cols];
      this.piece = new int[rows * cols];
    }
  }

  /** Adjoints of one application, one for each element, each row and each parameter. */
  static final class Adjoints {
    private final boolean inverse;
    private final double[] output;
    private final double[] rowLogDet;
    final double[] input;
    final double[] parameters;

    Adjoints(boolean inverse, double[] output, double[] rowLogDet, int parameters) {
      this.inverse = inverse;
      this.output = output;
      this.rowLogDet = rowLogDet;
      this.input = new double[output.length];
      this.parameters = new double[parameters];
    }

    /** The adjoint of an element's log-slope at its x. */
    double logSlope(int row) {
      return inverse ? -rowLogDet[row] : rowLogDet[row];
    }

    /**
     * Writes the adjoint of an element's input, and returns that of y(x, parameters) where x is
     * held: for the inverse, x moves with the parameters such that y stays.
     *
     * @param e the element
     * @param slope dy/dx
     * @param logSlopeByX derivative of log dy/dx by x, times the adjoint of the log-slope
     */
    double pass(int e, double slope, double logSlopeByX) {
      double a = inverse ? -(output[e] + logSlopeByX) / slope : output[e];
      input[e] = inverse ? -a : a * slope + logSlopeByX;
      return a;
    }
  }

  /** Returns how many parameters an element has. */
  public abstract int parameters();

  /** Returns the parameters of an element at which this is the identity. */
  public abstract double[] identity();

  /** Returns what tells transforms of one class apart. */
  abstract List<Number> settings();

  /** Two transforms are equal if they do the same with the same parameters. */
  @Override
  public final boolean equals(@Nullable Object other) {
    return other instanceof ColumnTransform that && toString().equals(that.toString());
  }

  @Override
  public final int hashCode() {
    return toString().hashCode();
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + settings();
  }

  abstract void forward(Values v, int from, int to);

  abstract void inverse(Values v, int from, int to);

  abstract void reverse(Values v, int from, int to, Adjoints adjoints);

  /**
   * Applies the function to every element.
   *
   * @param tape where operations are made
   * @param x n x k
   * @param parameters n x (k {@link #parameters()}), those of a column side by side
   * @return the image and the sum of log dy/dx over columns
   * @throws FjordException SHAPE_MISMATCH if there are not as many parameters
   */
  public final Transformed forward(Tape tape, Var x, Var parameters) {
    return apply(tape, x, parameters, false);
  }

  /**
   * Inverts the function at every element.
   *
   * @param tape where operations are made
   * @param y n x k
   * @param parameters as for {@link #forward}
   * @return the preimage and the sum of log dx/dy over columns
   * @throws FjordException as {@link #forward}
   */
  public final Transformed inverse(Tape tape, Var y, Var parameters) {
    return apply(tape, y, parameters, true);
  }

  private Transformed apply(Tape tape, Var in, Var parameters, boolean inverse) {
    int rows = in.rows();
    int cols = in.cols();
    if (parameters.rows() != rows || parameters.cols() != cols * parameters()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "given %d x %d parameters for %d x %d elements; expected %d an element"
              .formatted(parameters.rows(), parameters.cols(), rows, cols, parameters()));
    }
    Backend backend = tape.backend();
    double[] given = Elements.of(backend, in.value());
    double[] made = new double[given.length];
    double[] p = Elements.of(backend, parameters.value());
    Values v =
        inverse ? new Values(rows, cols, made, given, p) : new Values(rows, cols, given, made, p);
    double[] logDet = new double[rows];
    RowTasks.run(
        backend,
        rows,
        TASK / (1 + cols * parameters()),
        (from, to) -> {
          if (inverse) {
            inverse(v, from, to);
          } else {
            forward(v, from, to);
          }
          for (int e = from * cols; e < to * cols; e++) {
            logDet[e / cols] += inverse ? -v.logSlope[e] : v.logSlope[e];
          }
        });
    Matrix value = tape.take(rows, cols);
    backend.upload(made, 0, value);
    Matrix sums = tape.take(rows, 1);
    backend.upload(logDet, 0, sums);
    List<Var> outputs =
        tape.custom(
            List.of(in, parameters),
            List.of(value, sums),
            (bars, targets) -> {
              Adjoints adjoints =
                  new Adjoints(
                      inverse,
                      Elements.of(backend, bars.get(0)),
                      Elements.of(backend, bars.get(1)),
                      p.length);
              RowTasks.run(
                  backend,
                  rows,
                  TASK / (1 + cols * parameters()),
                  (from, to) -> reverse(v, from, to, adjoints));
              Elements.add(backend, adjoints.input, targets.get(0));
              Elements.add(backend, adjoints.parameters, targets.get(1));
            });
    return Transformed.exact(outputs.get(0), outputs.get(1));
  }
}
