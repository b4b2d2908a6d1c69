package org.fjordflow.discrete.transform;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.discrete.internal.RowTasks;
import org.jspecify.annotations.Nullable;

/**
 * An increasing function of one variable whose parameters come from elsewhere, applied to each
 * element with parameters of its own: what coupling and autoregressive flows do to a column.
 *
 * <p>One operation on the tape, with loops over short runs of rows in double precision and an exact
 * reverse, which needs nothing but what was given and made; rows are dealt out to the backend's
 * threads, with the same bits for any number of them.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = AdditiveTransform.class, name = "additive"),
  @JsonSubTypes.Type(value = AffineTransform.class, name = "affine"),
  @JsonSubTypes.Type(value = RationalQuadraticSpline.class, name = "spline")
})
public abstract sealed class ColumnTransform
    permits AdditiveTransform, AffineTransform, CircularSpline, RationalQuadraticSpline {

  /** Bound of log-scales unless said otherwise: scales from a thousandth to a thousand. */
  public static final double AFFINE_BOUND = Math.log(1000);

  /** Parameters that are worth a task of their own. */
  private static final int TASK = 1 << 14;

  /** Returns {@code y = x + m}, whose log-determinant is zero: NICE's (Dinh et al. 2015). */
  public static ColumnTransform additive() {
    return new AdditiveTransform();
  }

  /** Returns {@link #affine(double)} with {@link #AFFINE_BOUND}. */
  public static ColumnTransform affine() {
    return affine(AFFINE_BOUND);
  }

  /**
   * Returns {@code y = x exp(s) + m}: RealNVP's (Dinh et al. 2017), and that of MAF (Papamakarios
   * et al. 2017) with the scale named the other way round. Parameters of an element are m and r,
   * with {@code s = r / (1 - c + sqrt(c^2 + (r / bound)^2))} and c = 1/8, which is r near zero and
   * stays within the bound.
   *
   * @param bound of |s|, positive
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is not positive and
   *     finite
   */
  public static ColumnTransform affine(double bound) {
    return new AffineTransform(bound);
  }

  /**
   * Returns a monotonic rational-quadratic spline (Durkan et al. 2019) on (-bound, bound), and the
   * identity outside.
   *
   * @param bins number of bins, from 2 to 500
   * @param bound where the tails begin, positive
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for values outside these ranges
   */
  public static ColumnTransform spline(int bins, double bound) {
    return new RationalQuadraticSpline(bins, bound);
  }

  /**
   * Returns a rotation and a monotonic rational-quadratic spline of the circle onto itself whose
   * derivatives at both ends agree (Rezende et al. 2020). Angles are in radians: those that come
   * out are in [-pi, pi), those that go in may be off by turns. For layers of your own; flows known
   * by name take the columns that are angles, and have no name for this in JSON.
   *
   * @param bins number of bins, from 2 to 500
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for another number
   */
  public static ColumnTransform circularSpline(int bins) {
    return new CircularSpline(bins);
  }

  /**
   * Returns what goes with this for columns that are angles: of a spline {@link #circularSpline}
   * with as many bins.
   *
   * @throws FjordException INVALID_CONFIGURATION for a transform that has no such counterpart
   */
  public ColumnTransform onCircle() {
    throw ConfigChecks.notCircular("a flow with the transform " + this);
  }

  /** Returns whether this maps angles to angles, and not numbers to numbers. */
  @JsonIgnore
  public boolean isOnCircle() {
    return false;
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

  /** Computes y and log-slopes from x and parameters, which may be lost. */
  abstract void forward(ElementRun run);

  /** Computes x and log-slopes from y and parameters, which may be lost. */
  abstract void inverse(ElementRun run);

  /** Computes the adjoints of input and parameters from x, parameters and the others. */
  abstract void reverse(ElementRun run);

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
    Matrix made = tape.take(rows, cols);
    Matrix logDet = tape.take(rows, 1);
    forEachRun(
        tape,
        rows,
        cols,
        run -> {
          run.load(run.input(inverse), in.value());
          run.load(run.parameters, parameters.value());
          if (inverse) {
            inverse(run);
          } else {
            forward(run);
          }
          run.store(run.output(inverse), made);
          run.storeLogDet(logDet, inverse);
        });
    List<Var> outputs =
        tape.custom(
            List.of(in, parameters),
            List.of(made, logDet),
            (bars, targets) ->
                forEachRun(
                    tape,
                    rows,
                    cols,
                    run -> {
                      run.load(run.x, inverse ? made : in.value());
                      run.load(run.parameters, parameters.value());
                      run.loadBars(bars.get(0), bars.get(1), inverse);
                      reverse(run);
                      run.add(run.inputBar, targets.get(0));
                      run.add(run.parameterBars, targets.get(1));
                    }));
    return Transformed.exact(outputs.get(0), outputs.get(1));
  }

  /** What is done to a run of rows. */
  @FunctionalInterface
  private interface Work {
    void on(ElementRun run);
  }

  /** Runs that nobody is at, kept with a tape. Tasks of one operation share them. */
  private static final class Runs {
    private final ConcurrentLinkedDeque<ElementRun> free = new ConcurrentLinkedDeque<>();

    ElementRun take() {
      ElementRun run = free.poll();
      return run == null ? new ElementRun() : run;
    }
  }

  private void forEachRun(Tape tape, int rows, int cols, Work work) {
    Backend backend = tape.backend();
    Runs runs = tape.attachment(Runs.class, Runs.class, Runs::new);
    int step = ElementRun.rows(cols, parameters());
    RowTasks.run(
        backend,
        rows,
        TASK / (1 + cols * parameters()),
        (from, to) -> {
          ElementRun run = runs.take();
          for (int row = from; row < to; row += step) {
            run.begin(backend, row, Math.min(row + step, to), cols, parameters());
            work.on(run);
          }
          runs.free.push(run);
        });
  }
}
