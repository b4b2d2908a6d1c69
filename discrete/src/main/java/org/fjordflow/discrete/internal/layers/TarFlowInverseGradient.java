package org.fjordflow.discrete.internal.layers;

import java.util.List;
import org.fjordflow.core.autodiff.CustomReverse;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.jspecify.annotations.Nullable;

/**
 * The reverse of a {@link TarFlowBlock}'s inverse, by the implicit function theorem. With {@code z
 * = f(x)} held, l the log-determinant of f and a the adjoint of x less that of log |det dx/dz|
 * times dl/dx, the adjoint of z solves {@code J' zBar = a}. J has blocks of tokens, diagonal ones
 * on its diagonal and zeros above it: tokens are solved from last to first, each after one sweep
 * through f with those that are known. Parameters and context then get {@code -zBar} through f.
 * Inputs of the operation are the network's parameters, z, and the context where there is one.
 */
final class TarFlowInverseGradient implements CustomReverse {

  private final TarFlowBlock block;
  private final Matrix x;
  private final @Nullable Matrix context;
  private final Backend backend;

  /**
   * Creates the reverse.
   *
   * @param x what the inverse gave
   * @param context what it was conditioned on, or null
   */
  TarFlowInverseGradient(TarFlowBlock block, Backend backend, Matrix x, @Nullable Matrix context) {
    this.block = block;
    this.backend = backend;
    this.x = x;
    this.context = context;
  }

  /** A pass through the forward direction that is swept back once. */
  private final class Sweep {
    private final Tape tape = Tape.recording(backend);
    private final Var input = tape.input(x);
    private final @Nullable Var given = context == null ? null : tape.input(context);
    private final Var affine;
    private final Transformed image;

    Sweep() {
      affine = block.network().apply(tape, input, given);
      image = block.transformed(tape, input, affine);
    }

    /** Sweeps back from adjoints of the image and of the log-determinant, null for zeros. */
    Sweep from(double @Nullable [] value, double @Nullable [] logDet) {
      seed(image.value(), value);
      Estimate sum = image.logDet();
      if (sum != null) {
        seed(sum.value(), logDet);
      }
      tape.reverse();
      return this;
    }

    private void seed(Var var, double @Nullable [] adjoint) {
      if (adjoint != null) {
        Matrix m = tape.take(var.rows(), var.cols());
        backend.upload(adjoint, 0, m);
        tape.seed(var, m);
      }
    }

    double[] inputGradient() {
      return Elements.of(backend, input.gradient());
    }
  }

  @Override
  public void apply(List<Matrix> outputAdjoints, List<@Nullable Matrix> inputAdjoints) {
    int rows = x.rows();
    if (rows == 0) {
      return;
    }
    double[] xBar = Elements.of(backend, outputAdjoints.get(0));
    double[] logDetBar = negative(Elements.of(backend, outputAdjoints.get(1)));
    Sweep first = new Sweep().from(null, logDetBar);
    double[] byLogDet = first.inputGradient();
    for (int e = 0; e < xBar.length; e++) {
      xBar[e] += byLogDet[e];
    }
    double[] zBar = solve(xBar, Elements.of(backend, first.affine.value()));
    Sweep last = new Sweep().from(negative(zBar), logDetBar);
    Gradients sums = new Gradients(backend);
    last.tape.accumulate(1, sums);
    int at = 0;
    for (Parameter parameter : block.network().parameters()) {
      Matrix target = inputAdjoints.get(at++);
      if (target != null) {
        backend.add(1, sums.of(parameter), 1, target);
      }
    }
    Elements.add(backend, zBar, inputAdjoints.get(at++));
    if (last.given != null) {
      Elements.add(backend, Elements.of(backend, last.given.gradient()), inputAdjoints.get(at));
    }
  }

  private double[] solve(double[] a, double[] affine) {
    int cols = x.cols();
    int size = block.network().tokenSize();
    double[] zBar = new double[a.length];
    for (int from = cols - size; from >= 0; from -= size) {
      double[] known =
          from == cols - size ? new double[a.length] : new Sweep().from(zBar, null).inputGradient();
      for (int row = 0; row < x.rows(); row++) {
        for (int e = row * cols + from; e < row * cols + from + size; e++) {
          zBar[e] = (a[e] - known[e]) * Math.exp(TarFlowBlock.logScale(affine[2 * e + 1]));
        }
      }
    }
    return zBar;
  }

  private static double[] negative(double[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = -values[i];
    }
    return result;
  }
}
