package org.fjordflow.model;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Context;

/**
 * A normal distribution with all covariances of the real columns of a model, given its context,
 * fitted by moments to rows in the model's own units: logarithms where a column has a logarithmic
 * scale. Correlations are drawn towards none by a thousandth, so that columns which depend on each
 * other, and more columns than rows, have a density too.
 *
 * <p>Any number of threads may use one at once.
 */
public final class JointNormal {

  /**
   * The most columns, those of the context among them: factors take 4 bytes times half the square.
   */
  private static final int MOST_COLUMNS = 2_000;

  private static final double RIDGE = 1e-3;

  private final Units units;
  private final Stored stored;
  private final CholeskyFactor factor;

  /**
   * What one is made of, as it is saved.
   *
   * @param columns of the data that it is of, from 0
   * @param given columns of the encoded context, before them
   * @param moments of both together, in the model's units
   * @param factor lower triangular factor of the correlations, row by row, in float32 of big end
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Stored(List<Integer> columns, int given, Moments moments, byte[] factor) {
    /**
     * Checks the sizes.
     *
     * @throws FjordException INVALID_CONFIGURATION
     */
    public Stored {
      columns = columns == null ? List.of() : List.copyOf(columns);
      long size = columns.size() + (long) given;
      if (columns.isEmpty()
          || given < 0
          || size > MOST_COLUMNS
          || moments == null
          || moments.mean().length != size
          || factor == null
          || factor.length != size * (size + 1) / 2 * Float.BYTES) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "the normal has %d columns given %d, which its moments or its factor do not fit"
                .formatted(columns.size(), given));
      }
    }
  }

  /**
   * Makes one of what was saved.
   *
   * @param model that it was fitted for
   * @throws FjordException SHAPE_MISMATCH if its columns are not the model's
   */
  public JointNormal(FlowModel model, Stored stored) {
    this.units = new Units(model.config());
    this.stored = stored;
    double[] packed = new double[stored.factor.length / Float.BYTES];
    ByteBuffer bytes = ByteBuffer.wrap(stored.factor);
    Arrays.setAll(packed, k -> bytes.getFloat());
    this.factor = new CholeskyFactor(stored.moments.mean().length, packed);
    if (stored.columns.stream().anyMatch(j -> j < 0 || j >= model.dim())
        || Arrays.stream(packed).anyMatch(value -> !Double.isFinite(value))) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the normal is of columns %s; the model has %d".formatted(stored.columns, model.dim()));
    }
  }

  /**
   * Fits one.
   *
   * @param model whose columns they are
   * @param rows n x dim, in the data's units, finite. Not modified.
   * @param context of the rows, or {@link Context#none()}
   * @return nothing where no column is real, there are more than 2,000, or no rows
   */
  public static Optional<JointNormal> fit(FlowModel model, double[][] rows, Context context) {
    TableSpec table = model.config().table();
    List<Integer> columns =
        IntStream.range(0, model.dim())
            .filter(j -> table == null || !table.data().get(j).isDiscrete())
            .boxed()
            .toList();
    if (columns.isEmpty() || rows.length == 0) {
      return Optional.empty();
    }
    double[][] points = points(new Units(model.config()), columns, rows, context);
    int size = points[0].length;
    if (size > MOST_COLUMNS) {
      return Optional.empty();
    }
    Moments moments = Moments.of(points);
    CholeskyFactor factor = CholeskyFactor.of(moments.standardize(points), RIDGE, 0, 0);
    if (factor == null) {
      return Optional.empty();
    }
    ByteBuffer bytes = ByteBuffer.allocate(factor.packed().length * Float.BYTES);
    for (double value : factor.packed()) {
      bytes.putFloat((float) value);
    }
    Stored stored = new Stored(columns, size - columns.size(), moments, bytes.array());
    return Optional.of(new JointNormal(model, stored));
  }

  /** Returns what to save. */
  public Stored stored() {
    return stored;
  }

  /** The context and the real columns, in the model's units. */
  private static double[][] points(
      Units units, List<Integer> columns, double[][] rows, Context context) {
    double[][] own = units.prepare(rows, 0).rows();
    Context given = units.toModel(context);
    int before = units.contextSize() == 0 ? 0 : given.row(0).length;
    double[][] points = new double[rows.length][before + columns.size()];
    for (int i = 0; i < points.length; i++) {
      if (before > 0) {
        System.arraycopy(given.row(i), 0, points[i], 0, before);
      }
      for (int j = 0; j < columns.size(); j++) {
        points[i][before + j] = own[i][columns.get(j)];
      }
    }
    return points;
  }

  /**
   * Returns minus the log-density of rows, up to a constant: half the squared Mahalanobis distance
   * of the real columns given the context.
   *
   * @param rows n x dim, in the data's units. Not modified.
   * @param context of the rows, or {@link Context#none()}
   * @return [n], in nats
   */
  public double[] surprise(double[][] rows, Context context) {
    return Arrays.stream(parts(rows, context)).mapToDouble(p -> Arrays.stream(p).sum()).toArray();
  }

  /**
   * Returns what each column adds to {@link #surprise}, given those before it and the context.
   *
   * @param rows n x dim, in the data's units. Not modified.
   * @param context of the rows, or {@link Context#none()}
   * @return n x dim, in nats; 0 for columns that it is not of
   */
  public double[][] parts(double[][] rows, Context context) {
    double[][] points = stored.moments.standardize(points(units, stored.columns, rows, context));
    double[][] parts = new double[rows.length][units.dim()];
    double[] white = new double[stored.given + stored.columns.size()];
    for (int i = 0; i < rows.length; i++) {
      factor.whiten(points[i], white);
      for (int j = stored.given; j < white.length; j++) {
        parts[i][stored.columns.get(j - stored.given)] = 0.5 * white[j] * white[j];
      }
    }
    return parts;
  }
}
