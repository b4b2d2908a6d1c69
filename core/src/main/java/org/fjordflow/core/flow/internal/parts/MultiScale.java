package org.fjordflow.core.flow.internal.parts;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * Some columns go on through another bijection, the others are done (Dinh et al. 2017, section
 * 3.6). The image has the former first, so all of it has as many columns as the data, and the whole
 * is a bijection like any other.
 */
public final class MultiScale implements Bijection {

  private final ColumnIndex order;
  private final Bijection rest;

  private MultiScale(ColumnIndex order, Bijection rest) {
    this.order = order;
    this.rest = rest;
  }

  /**
   * Sends some columns on.
   *
   * @param dim number of columns
   * @param onward which columns go on, in the order in which the bijection takes them. Not
   *     modified.
   * @param rest what they go through
   * @throws FjordException INVALID_ARGUMENT if they are not distinct columns, or not as many as the
   *     bijection takes
   */
  public static MultiScale of(int dim, int[] onward, Bijection rest) {
    if (onward.length != rest.dim()
        || Arrays.stream(onward).distinct().count() != onward.length
        || Arrays.stream(onward).anyMatch(column -> column < 0 || column >= dim)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "columns %s of %d for a bijection of %d; expected as many, each once"
              .formatted(Arrays.toString(onward), dim, rest.dim()));
    }
    boolean[] goesOn = new boolean[dim];
    Arrays.stream(onward).forEach(column -> goesOn[column] = true);
    int[] order = Arrays.copyOf(onward, dim);
    int next = onward.length;
    for (int column = 0; column < dim; column++) {
      if (!goesOn[column]) {
        order[next++] = column;
      }
    }
    return new MultiScale(ColumnIndex.of(dim, order), rest);
  }

  /**
   * Sends the first channels of every pixel on.
   *
   * @param shape of the images
   * @param channels how many
   * @param rest what images of so many channels go through
   * @throws FjordException as {@link #of}
   */
  public static MultiScale channels(ImageShape shape, int channels, Bijection rest) {
    int[] onward = new int[shape.pixels() * channels];
    Arrays.setAll(onward, i -> i / channels * shape.channels() + i % channels);
    return of(shape.size(), onward, rest);
  }

  /** Returns what the columns that go on go through. */
  public Bijection rest() {
    return rest;
  }

  /**
   * Sends the same columns through another bijection.
   *
   * @param other of as many columns
   */
  public MultiScale withRest(Bijection other) {
    if (other.dim() != rest.dim()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a bijection of %d columns in the place of one of %d".formatted(other.dim(), rest.dim()));
    }
    return new MultiScale(order, other);
  }

  /** Returns the columns of data that go on, in the order in which the rest takes them. */
  public Var onward(Tape tape, Var x) {
    return tape.columns(tape.gather(x, order), 0, rest.dim());
  }

  /** Returns the columns of data that are done. */
  public Var done(Tape tape, Var x) {
    return tape.columns(tape.gather(x, order), rest.dim(), dim());
  }

  @Override
  public int dim() {
    return order.sourceCols();
  }

  @Override
  public int contextSize() {
    return rest.contextSize();
  }

  @Override
  public boolean isRowwise() {
    return rest.isRowwise();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    Var ordered = tape.gather(x, order);
    Transformed image = rest.forward(pass, tape.columns(ordered, 0, rest.dim()), context);
    return joined(tape, image, ordered);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Transformed data = rest.inverse(pass, tape.columns(z, 0, rest.dim()), context);
    Transformed ordered = joined(tape, data, z);
    return ordered.withValue(tape.scatter(ordered.value(), order));
  }

  private Transformed joined(Tape tape, Transformed moved, Var ordered) {
    Var done = tape.columns(ordered, rest.dim(), dim());
    return moved.withValue(tape.concat(moved.value(), done));
  }
}
