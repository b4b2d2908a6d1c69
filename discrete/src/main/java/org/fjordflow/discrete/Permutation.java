package org.fjordflow.discrete;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elements;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Columns in another order: column i of the image is column {@code order[i]} of the data. One that
 * was drawn is a buffer of the model, so that files carry it.
 */
public final class Permutation implements Bijection {

  private final int[] order;
  private final @Nullable Parameter buffer;

  private Permutation(int[] order, @Nullable Parameter buffer) {
    this.order = order;
    this.buffer = buffer;
  }

  /**
   * A permutation that is known.
   *
   * @param order the source of each column. Not modified.
   * @throws FjordException INVALID_ARGUMENT if it is not a permutation of 0, 1, ...
   */
  public static Permutation of(int... order) {
    return new Permutation(checked(order.clone()), null);
  }

  /** Columns from last to first. */
  public static Permutation reverse(int dim) {
    int[] order = new int[dim];
    Arrays.setAll(order, i -> dim - 1 - i);
    return of(order);
  }

  /**
   * Draws a permutation.
   *
   * @param parameters where the buffer {@code name.order} is added. Modified.
   * @param name prefix of the name
   * @param dim number of columns
   * @param random source of randomness
   */
  public static Permutation random(
      Parameters parameters, String name, int dim, RandomGenerator random) {
    double[] order = new double[dim];
    Arrays.setAll(order, i -> i);
    for (int i = dim - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      double swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    Parameter buffer = parameters.addBuffer(name + ".order", order, dim);
    return new Permutation(new int[dim], buffer);
  }

  private static int[] checked(int[] order) {
    boolean[] seen = new boolean[order.length];
    for (int source : order) {
      if (source < 0 || source >= order.length || seen[source]) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s is no permutation of the columns from 0 to %d"
                .formatted(Arrays.toString(order), order.length - 1));
      }
      seen[source] = true;
    }
    return order;
  }

  /** Returns the source of each column. */
  public int[] order(Backend backend) {
    if (buffer == null) {
      return order.clone();
    }
    double[] values = Elements.of(backend, buffer.value());
    return checked(Arrays.stream(values).mapToInt(value -> (int) value).toArray());
  }

  /** Where each column goes, of a permutation that is known. */
  int[] positions() {
    return inverted(order);
  }

  @Override
  public int dim() {
    return order.length;
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return permuted(pass, x, order(pass.tape().backend()));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    return permuted(pass, z, inverted(order(pass.tape().backend())));
  }

  private static int[] inverted(int[] order) {
    int[] result = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      result[order[i]] = i;
    }
    return result;
  }

  private static Transformed permuted(Pass pass, Var x, int[] sources) {
    Tape tape = pass.tape();
    Backend backend = tape.backend();
    Matrix result = tape.take(x.rows(), x.cols());
    backend.upload(gathered(Elements.of(backend, x.value()), sources), 0, result);
    int[] back = inverted(sources);
    Var value =
        tape.custom(
                List.of(x),
                List.of(result),
                (bars, targets) ->
                    Elements.add(
                        backend, gathered(Elements.of(backend, bars.get(0)), back), targets.get(0)))
            .get(0);
    return Transformed.exact(value, pass.logDet() ? tape.repeat(tape.constant(0), x.rows()) : null);
  }

  private static double[] gathered(double[] rows, int[] sources) {
    int cols = sources.length;
    double[] result = new double[rows.length];
    for (int start = 0; start < rows.length; start += cols) {
      for (int j = 0; j < cols; j++) {
        result[start + j] = rows[start + sources[j]];
      }
    }
    return result;
  }
}
