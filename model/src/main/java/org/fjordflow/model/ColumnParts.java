package org.fjordflow.model;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.discrete.AutoregressiveConfig;
import org.fjordflow.model.images.ImageSpec;

/**
 * The log-density of a row as a sum over columns, {@code log p(x_j | x_1, ..., x_(j-1))}: of a
 * normal base through a map whose Jacobian is triangular, it is that of z_j plus {@code log dz_j /
 * dx_j}. Layers with the columns in one order make such a map, and layers in alternating orders do
 * not: a column depends on all others then, and its conditional density is an integral.
 */
final class ColumnParts {

  private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

  /** Rows, one for each column of a row of data, that are differentiated at once. */
  private static final int SLICE = 2048;

  private ColumnParts() {}

  static void requireSums(FlowSpec spec) {
    TableSpec table = spec.table();
    ImageSpec images = spec.images();
    if (images != null && images.variational() != null) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "with variational dequantisation the noise of all pixels is drawn together: the log-density is no sum over columns; train with uniform noise");
    }
    String reason =
        !spec.flow().stream().allMatch(ColumnParts::keepsOrder)
            ? "its layers do not all go through the columns from first to last"
            : !(spec.base() instanceof BaseConfig.Normal)
                ? "its base is no standard normal"
                : !spec.circular().isEmpty()
                    ? "it has columns of angles"
                    : table != null && table.isMixed() ? "it has columns with probabilities" : "";
    if (!reason.isEmpty()) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "the log-density of this flow is no sum over columns: %s; train one autoregressive layer, such as nsf-ar with flow.layers=1"
              .formatted(reason));
    }
  }

  private static boolean keepsOrder(BijectionConfig part) {
    return part instanceof AutoregressiveConfig layers
        && (layers.dim() == 1
            || (layers.layers() == 1
                && layers.ordering() == AutoregressiveConfig.Ordering.ALTERNATE));
  }

  /**
   * Computes the parts.
   *
   * @param rows n x dim, standardised. Not modified.
   * @param context of these rows, as the flow takes it
   * @param logSlopes n x dim, of what standardises each column
   * @return n x dim, in nats
   */
  static double[][] of(Flow flow, double[][] rows, Context context, double[][] logSlopes) {
    double[][] parts = new double[rows.length][];
    int dim = flow.dim();
    int step = Math.max(1, SLICE / dim);
    for (int from = 0; from < rows.length; from += step) {
      int first = from;
      int[] some = new int[Math.min(step, rows.length - from)];
      Arrays.setAll(some, k -> first + k);
      double[][] slice = Arrays.copyOfRange(rows, from, from + some.length);
      double[][] found = slice(flow, slice, context.select(some).repeat(dim));
      for (int k = 0; k < some.length; k++) {
        for (int j = 0; j < dim; j++) {
          found[k][j] += logSlopes[from + k][j];
        }
        parts[from + k] = found[k];
      }
    }
    return parts;
  }

  /** Row by row as many copies as columns: the adjoint of the j-th is that of the j-th column. */
  private static double[][] slice(Flow flow, double[][] rows, Context context) {
    int dim = flow.dim();
    int n = rows.length * dim;
    Backend backend = flow.backend();
    Tape tape = Tape.recording(backend);
    double[] copies = new double[n * dim];
    double[] units = new double[n * dim];
    for (int i = 0; i < n; i++) {
      System.arraycopy(rows[i / dim], 0, copies, i * dim, dim);
      units[i * dim + i % dim] = 1;
    }
    Matrix values = tape.take(n, dim);
    backend.upload(copies, 0, values);
    Var x = tape.input(values);
    Var given = context.on(tape, 0, n, flow.contextSize());
    Pass pass = Pass.evaluation(tape, Mapping.anyRandom()).withoutLogDet();
    Var z = flow.bijection().forward(pass, x, given).value();
    Matrix seeds = tape.take(n, dim);
    backend.upload(units, 0, seeds);
    double[][] base = RowArrays.of(backend, z.value());
    tape.seed(z, seeds);
    tape.reverse();
    double[][] slopes = RowArrays.of(backend, x.gradient());
    double[][] parts = new double[rows.length][dim];
    for (int i = 0; i < n; i++) {
      int j = i % dim;
      parts[i / dim][j] = Math.log(slopes[i][j]) - 0.5 * base[i][j] * base[i][j] - HALF_LOG_TWO_PI;
    }
    return parts;
  }
}
