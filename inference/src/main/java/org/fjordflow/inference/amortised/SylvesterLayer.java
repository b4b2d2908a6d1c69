package org.fjordflow.inference.amortised;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A Sylvester flow {@code z + Q R tanh(S Q'z + b)} with parameters of each row (van den Berg et al.
 * 2018, equations 8 and 13): R and S are upper triangular with diagonals in (-1, 1), Q has
 * orthonormal columns.
 */
final class SylvesterLayer implements PosteriorFlow.Map {

  /** How much smaller than a linear layer's the initial weights are: layers begin near identity. */
  private static final double START = 0.1;

  private final int rank;
  private final Frame frame;
  private final Dense columns;
  // None where triangles are numbers.
  private final @Nullable Dense triangles;
  private final Dense diagonals;
  private final Dense shift;
  private final ColumnIndex upper;
  private final ColumnIndex diagonal;

  private SylvesterLayer(
      int rank,
      Frame frame,
      Dense columns,
      @Nullable Dense triangles,
      Dense diagonals,
      Dense shift) {
    this.rank = rank;
    this.frame = frame;
    this.columns = columns;
    this.triangles = triangles;
    this.diagonals = diagonals;
    this.shift = shift;
    int above = rank * (rank - 1) / 2;
    int[] fromTriangle = new int[rank * rank];
    int[] fromDiagonal = new int[rank * rank];
    Arrays.fill(fromTriangle, ColumnIndex.NONE);
    Arrays.fill(fromDiagonal, ColumnIndex.NONE);
    int next = 0;
    for (int i = 0; i < rank; i++) {
      fromDiagonal[i * rank + i] = i;
      for (int j = i + 1; j < rank; j++) {
        fromTriangle[i * rank + j] = next++;
      }
    }
    upper = ColumnIndex.of(above, fromTriangle);
    diagonal = ColumnIndex.of(rank, fromDiagonal);
  }

  /**
   * Creates a layer.
   *
   * @param parameters where {@code name.columns}, {@code name.triangles}, {@code name.diagonals}
   *     and {@code name.b} are added, linear in the features. Modified.
   */
  static SylvesterLayer create(
      Parameters parameters,
      String name,
      int latent,
      Sylvester config,
      int features,
      RandomGenerator random) {
    int rank = config.rank();
    Frame frame =
        config.reflections() == 0
            ? new Frame.Polar(latent, rank)
            : new Frame.Reflections(latent, rank, config.reflections());
    Dense triangles = null;
    if (rank > 1) {
      int above = rank * (rank - 1);
      triangles = Dense.create(parameters, name + ".triangles", features, above, random);
      triangles.scale(parameters.backend(), START);
    }
    Dense diagonals = Dense.create(parameters, name + ".diagonals", features, 2 * rank, random);
    diagonals.scale(parameters.backend(), START);
    return new SylvesterLayer(
        rank,
        frame,
        Dense.create(parameters, name + ".columns", features, frame.size(), random),
        triangles,
        diagonals,
        Dense.create(parameters, name + ".b", features, rank, random));
  }

  @Override
  public Transformed apply(Pass pass, Var z, Var features) {
    Tape tape = pass.tape();
    Frame.Applied q = frame.on(tape, linear(tape, columns, features));
    Var above = triangles == null ? null : linear(tape, triangles, features);
    Var scales = tape.apply(Elementwise.TANH, linear(tape, diagonals, features));
    Var r = tape.columns(scales, 0, rank);
    Var s = tape.columns(scales, rank, 2 * rank);
    Var outer = triangular(tape, above, 0, r);
    Var inner = triangular(tape, above, 1, s);
    Var inside = tape.add(tape.rowProduct(q.across(z), inner), linear(tape, shift, features));
    Var t = tape.apply(Elementwise.TANH, inside);
    Var value = tape.add(z, q.back(tape.rowProduct(t, outer)));
    return Transformed.exact(value, pass.logDet() ? logDet(tape, t, tape.multiply(r, s)) : null);
  }

  private static Var linear(Tape tape, Dense dense, Var features) {
    return dense.apply(tape, features, Elementwise.IDENTITY);
  }

  /** The first or the second of the two triangles side by side. */
  private Var triangular(Tape tape, @Nullable Var above, int which, Var onDiagonal) {
    Var rest = tape.gather(onDiagonal, diagonal);
    if (above == null) {
      return rest;
    }
    int size = above.cols() / 2;
    Var own = tape.columns(above, which * size, (which + 1) * size);
    return tape.add(tape.gather(own, upper), rest);
  }

  /** The sum of log(1 + r s (1 - t^2)), as t^2 + (1 + r s)(1 - t^2), which is positive. */
  private static Var logDet(Tape tape, Var t, Var slopes) {
    Var squared = tape.apply(Elementwise.SQUARE, t);
    Var rest = tape.affine(-1, squared, 1);
    Var det = tape.add(squared, tape.multiply(rest, tape.affine(1, slopes, 1)));
    return tape.rowSum(tape.apply(Elementwise.LOG, det));
  }
}
