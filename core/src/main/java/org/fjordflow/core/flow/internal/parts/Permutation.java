package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Columns in another order: column i of the image is column {@code order[i]} of the data. One that
 * was drawn is a buffer of the model, so that files carry it.
 */
public final class Permutation implements Bijection {

  private final int[] order;
  private final @Nullable Parameter buffer;
  private final @Nullable ColumnIndex known;

  private Permutation(int[] order, @Nullable Parameter buffer) {
    this.order = order;
    this.buffer = buffer;
    this.known = buffer == null ? ColumnIndex.of(order.length, order) : null;
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
   * Turns every 2 x 2 pixels into one of four times the channels (Dinh et al. 2017, section 3.6):
   * the image is one of shape {@link #squeezed}, whose channels are those of the upper left pixel,
   * the upper right, the lower left and the lower right one.
   *
   * @throws FjordException INVALID_ARGUMENT if height or width is odd
   */
  public static Permutation squeeze(ImageShape shape) {
    ImageShape squeezed = squeezed(shape);
    int[] order = new int[shape.size()];
    for (int i = 0; i < order.length; i++) {
      int channel = i % shape.channels();
      int corner = i % squeezed.channels() / shape.channels();
      int pixel = i / squeezed.channels();
      int line = 2 * (pixel / squeezed.width()) + corner / 2;
      int column = 2 * (pixel % squeezed.width()) + corner % 2;
      order[i] = shape.column(line, column, channel);
    }
    return of(order);
  }

  /**
   * The shape that {@link #squeeze} leads to.
   *
   * @throws FjordException INVALID_ARGUMENT if height or width is odd
   */
  public static ImageShape squeezed(ImageShape shape) {
    if (shape.height() % 2 != 0 || shape.width() % 2 != 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "an image of " + shape + " cannot be squeezed; expected an even height and width");
    }
    return new ImageShape(shape.height() / 2, shape.width() / 2, 4 * shape.channels());
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
    return random(parameters, name, dim, random, new int[][] {IntStream.range(0, dim).toArray()});
  }

  /**
   * Draws a permutation that leaves groups of columns among themselves.
   *
   * @param parameters where the buffer {@code name.order} is added. Modified.
   * @param name prefix of the name
   * @param dim number of columns
   * @param random source of randomness
   * @param groups columns that may take each other's places; those in no group stay
   */
  public static Permutation random(
      Parameters parameters, String name, int dim, RandomGenerator random, int[]... groups) {
    double[] order = new double[dim];
    Arrays.setAll(order, i -> i);
    for (int[] group : groups) {
      for (int i = group.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        double swapped = order[group[i]];
        order[group[i]] = order[group[j]];
        order[group[j]] = swapped;
      }
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
  public int[] positions() {
    int[] positions = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      positions[order[i]] = i;
    }
    return positions;
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
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return permuted(pass, pass.tape().gather(x, index(pass)));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    return permuted(pass, pass.tape().scatter(z, index(pass)));
  }

  private ColumnIndex index(Pass pass) {
    return known != null ? known : ColumnIndex.of(dim(), order(pass.tape().backend()));
  }

  private static Transformed permuted(Pass pass, Var value) {
    Tape tape = pass.tape();
    Var zero = pass.logDet() ? tape.repeat(tape.constant(0), value.rows()) : null;
    return Transformed.exact(value, zero);
  }
}
