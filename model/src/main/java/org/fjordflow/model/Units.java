package org.fjordflow.model;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.internal.noise.NoiseFlow;
import org.jspecify.annotations.Nullable;

/**
 * The units of a model's data and contexts: what its table says is done with each column, and then
 * everything is standardised in double precision before it is rounded to the network's type, and
 * brought back after.
 */
final class Units {

  /** Beyond these, squares and their sums overflow. */
  private static final double FLOAT32_BOUND = 1e17;

  private static final double FLOAT64_BOUND = 1e150;

  /** Images that moments are taken of. */
  private static final int MOMENTS_IMAGES = 5_000;

  private final int dim;
  private final @Nullable DataUnits columns;
  private final @Nullable GivenColumns given;
  private final boolean averages;
  private final int contextSize;
  private final @Nullable Moments data;
  private final @Nullable Moments contexts;
  private final double bound;
  private final double logDet;

  /** Creates the units of a specification; noise within levels is uniform. */
  Units(FlowSpec spec) {
    this(spec, ImageUnits.DRAWS, 0, null);
  }

  /** Creates the units of a model. */
  static Units of(FlowSpec spec, Weights weights) {
    return new Units(spec, ImageUnits.DRAWS, 0, weights.noise());
  }

  /**
   * Creates the units of a specification.
   *
   * @param draws of noise that an image is scored by
   * @param seed of this noise
   * @param noise that draws it, or null for uniform noise
   */
  Units(FlowSpec spec, int draws, long seed, @Nullable NoiseFlow noise) {
    TableSpec table = spec.scales();
    ImageSpec images = spec.images();
    this.dim = spec.dim();
    this.columns =
        images != null
            ? new ImageUnits(images, draws, seed, noise)
            : table == null ? null : new DataColumns(table);
    this.averages = images != null;
    this.given = table == null || table.given().isEmpty() ? null : new GivenColumns(table);
    this.contextSize = given == null ? spec.context() : given.size();
    this.data = spec.moments();
    this.contexts = spec.contextMoments();
    this.bound = DType.of(spec.dtype()) == DType.FLOAT32 ? FLOAT32_BOUND : FLOAT64_BOUND;
    double sum = 0;
    for (double deviation : data == null ? new double[0] : data.standardDeviation()) {
      sum -= Math.log(deviation);
    }
    this.logDet = sum;
  }

  /**
   * Rows as a flow of standardised columns has them.
   *
   * @param rows n x dim
   * @param logDet [n], to be added to the flow's log-densities; negative infinity for rows that
   *     have no density whatever the flow says
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Prepared(double[][] rows, double[] logDet) {

    Prepared select(int[] indices) {
      return new Prepared(
          Arrays.stream(indices).mapToObj(i -> rows[i]).toArray(double[][]::new),
          Arrays.stream(indices).mapToDouble(i -> logDet[i]).toArray());
    }
  }

  /** A specification with the moments of rows in the data's units. */
  static FlowSpec fitted(FlowSpec spec, Batch batch) {
    Units units = new Units(spec.withMoments(null, null));
    double[][] context = batch.context();
    Batch looked = spec.images() == null ? batch : batch.thinned(MOMENTS_IMAGES);
    Moments data = Moments.of(units.onLine(looked.rows()));
    if (spec.images() != null) { // classes stay one hot
      return spec.withMoments(data, null);
    }
    return spec.withMoments(
        units.columns == null ? data : units.columns.neutral(data),
        context == null ? null : Moments.of(units.encoded(context)));
  }

  private double[][] onLine(double[][] rows) {
    return columns == null ? rows : columns.typical(rows).rows();
  }

  /** The same rows in the data's units, with contexts as a flow has them but for their scale. */
  Batch withEncodedContexts(Batch batch) {
    double[][] context = batch.context();
    return context == null ? batch : new Batch(batch.rows(), encoded(context));
  }

  private double[][] encoded(double[][] context) {
    return given == null ? context : given.encode(context);
  }

  /** Returns the number of columns of data. */
  int dim() {
    return dim;
  }

  /** Returns what standardising adds to a log-density. */
  double logDet() {
    return logDet;
  }

  /** Returns the number of columns of a context as it is given. */
  int contextSize() {
    return contextSize;
  }

  /** Returns how many points stand for a row that is scored. */
  int points() {
    return columns == null ? 1 : columns.points();
  }

  /**
   * Whether the log-density of a row is the mean of those of its points, which bounds it, rather
   * than that of their sum.
   */
  boolean averages() {
    return averages;
  }

  /** Whether more is done with columns than standardising them. */
  boolean encodes() {
    return columns != null;
  }

  /**
   * Brings rows to a flow.
   *
   * @param rows n x dim, finite. Not modified.
   * @param point of those that stand for a row, from 0; its weight is in the log-determinant
   */
  Prepared prepare(double[][] rows, int point) {
    return columns == null
        ? standardized(rows)
        : standardized(columns.toLine(rows, point), columns.logWeight(point));
  }

  private Prepared standardized(double[][] rows) {
    double[] logDets = new double[rows.length];
    Arrays.fill(logDets, logDet);
    return new Prepared(data == null ? rows : data.standardize(rows), logDets);
  }

  private Prepared standardized(DataUnits.OnLine line, double logWeight) {
    double[] logDets = line.logSlope().clone();
    for (int i = 0; i < logDets.length; i++) {
      logDets[i] += logDet + logWeight;
    }
    return new Prepared(data == null ? line.rows() : data.standardize(line.rows()), logDets);
  }

  /** Returns {@link Cells#marks} of the only column, which has values, as a flow has them. */
  double[][] marks() {
    if (!(columns instanceof DataColumns values) || dim != 1) {
      throw new IllegalStateException("marks are those of a single column of values");
    }
    double[][] marks =
        Arrays.stream(values.cells()[0].marks())
            .mapToObj(mark -> new double[] {mark})
            .toArray(double[][]::new);
    return data == null ? marks : data.standardize(marks);
  }

  /**
   * Returns what is to be added to the log-density of each row that a flow drew.
   *
   * @param standardized n x dim. Not modified.
   * @return [n], as {@link Prepared#logDet}
   */
  double[] logDets(double[][] standardized) {
    if (columns == null) {
      return standardized(standardized).logDet();
    }
    double[][] line = data == null ? standardized : data.restore(standardized);
    double[] logDets = new double[line.length];
    for (int i = 0; i < line.length; i++) {
      logDets[i] = logDet;
      for (int j = 0; j < dim; j++) {
        logDets[i] += columns.logSlope(j, columns.toCell(j, line[i][j]), line[i][j]);
      }
    }
    return logDets;
  }

  /**
   * Returns what each column adds to the log-density of each row where nothing has probabilities;
   * together it is {@link Prepared#logDet}.
   *
   * @param rows n x dim, in the data's units. Not modified.
   */
  double[][] logSlopes(double[][] rows) {
    double[][] slopes = new double[rows.length][dim];
    double[][] line = columns == null ? rows : columns.toMiddle(rows).rows();
    for (int i = 0; i < slopes.length; i++) {
      for (int j = 0; j < dim; j++) {
        double scale = data == null ? 0 : -Math.log(data.standardDeviation()[j]);
        double own = columns == null ? 0 : columns.logSlope(j, rows[i][j], line[i][j]);
        slopes[i][j] = scale + own;
      }
    }
    return slopes;
  }

  /**
   * Brings rows to a flow, whole numbers and categories to the middle of their intervals.
   *
   * @param rows n x dim. Not modified.
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column; INVALID_ARGUMENT
   *     for a value without a density
   */
  double[][] toModel(double[][] rows) {
    requireRows(rows, 0);
    if (columns == null) {
      return data == null ? rows : data.standardize(rows);
    }
    columns.requireKnown(rows);
    return standardized(columns.toMiddle(rows), 0).rows();
  }

  /**
   * Checks that rows have the model's columns and are finite.
   *
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column
   */
  void requireRows(double[][] rows, long first) {
    for (int i = 0; i < rows.length; i++) {
      requireRow(rows[i], first + i + 1);
    }
  }

  private void requireRow(double[] row, long number) {
    requireLength(row, number);
    FjordException wrong = wrong(row);
    if (wrong != null) {
      throw inRow(number, wrong);
    }
  }

  private void requireLength(double[] row, long number) {
    if (row.length != dim) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "row %d has %d values; this model has %d columns".formatted(number, row.length, dim));
    }
  }

  /** Says what is wrong with a row of dim values; null where nothing is. */
  private @Nullable FjordException wrong(double[] row) {
    for (int j = 0; j < dim; j++) {
      if (!Double.isFinite(row[j])) {
        return new FjordException(
            ErrorKey.NON_FINITE,
            "column %s is %s; expected finite numbers, remove such rows or fill them in"
                .formatted(columns == null ? j + 1 : columns.quoted(j), row[j]));
      }
    }
    return null;
  }

  /** Says what is wrong with a row of the context; null where nothing is. */
  @Nullable FjordException wrongContext(double[] row) {
    if (given != null) {
      return given.wrong(row);
    }
    for (int j = 0; j < row.length; j++) {
      if (!Double.isFinite(row[j])) {
        return new FjordException(
            ErrorKey.NON_FINITE,
            "column %d of the context is %s; expected a finite number".formatted(j + 1, row[j]));
      }
    }
    return null;
  }

  /** What is wrong with a row, said with its number. */
  static FjordException inRow(long number, FjordException wrong) {
    return new FjordException(
        wrong.key(), "row %d, %s".formatted(number, wrong.getMessage()), wrong);
  }

  /** A row that is not computed for what is wrong with it. */
  static Failure refused(int row, FjordException wrong) {
    return new Failure(row, false, String.valueOf(wrong.getMessage()));
  }

  /**
   * Finds the rows that can be computed.
   *
   * @param rows n x dim. Not modified.
   * @param context of these rows
   * @param known whether values without a density are wrong too
   * @param failures takes the others, and says why; those in it already are left out. Modified.
   * @return their indices, in order
   * @throws FjordException SHAPE_MISMATCH for a row of another length
   */
  int[] sound(double[][] rows, Context context, boolean known, Failures failures) {
    for (int i = 0; i < rows.length; i++) {
      requireLength(rows[i], i + 1L);
      FjordException wrong = wrong(rows[i]);
      if (wrong == null && known && columns != null) {
        wrong = columns.unknown(rows[i]);
      }
      if (wrong == null && contextSize > 0) {
        wrong = wrongContext(context.row(i));
      }
      if (wrong != null) {
        failures.add(refused(i, wrong));
      }
    }
    return IntStream.range(0, rows.length).filter(i -> !failures.contains(i)).toArray();
  }

  /**
   * Brings rows back to the data's units.
   *
   * @param rows n x dim. Not modified.
   */
  double[][] toData(double[][] rows) {
    double[][] line = data == null ? rows : data.restore(rows);
    return columns == null ? line : columns.toCells(line);
  }

  /** Brings contexts to a flow. */
  Context toModel(Context context) {
    Context own = given == null ? context : context.map(given::encode);
    return contexts == null ? own : own.standardize(contexts);
  }

  /** Brings a batch to a flow, as {@link #toModel(double[][])}. */
  Batch toModel(Batch batch) {
    return batch(toModel(batch.rows()), batch.context());
  }

  /** Brings a batch to a flow whose first values it chooses. */
  Batch typical(Batch batch) {
    if (columns == null) {
      return toModel(batch);
    }
    requireRows(batch.rows(), 0);
    columns.requireKnown(batch.rows());
    return batch(standardized(columns.typical(batch.rows()), 0).rows(), batch.context());
  }

  private Batch batch(double[][] rows, double @Nullable [][] context) {
    if (context == null) {
      return Batch.of(rows);
    }
    double[][] own = encoded(context);
    return new Batch(rows, contexts == null ? own : contexts.standardize(own));
  }

  /** Checks every batch, whose numbers are brought to a flow on the tape. */
  BatchSource checked(BatchSource batches) {
    return (step, size, streams) -> {
      Batch batch = batches.batch(step, size, streams);
      requireRows(batch.rows(), 0);
      if (columns != null) {
        columns.requireKnown(batch.rows());
      }
      return batch(batch.rows(), batch.context());
    };
  }

  /** Brings every batch to a flow, whole numbers and categories to points of their own. */
  BatchSource toModel(BatchSource batches) {
    if (columns != null) {
      return (step, size, streams) -> {
        Batch batch = batches.batch(step, size, streams);
        requireRows(batch.rows(), 0);
        if (averages) {
          columns.requireKnown(batch.rows());
        }
        DataUnits.OnLine line =
            columns.toLine(
                batch.rows(), streams.generator(RandomStreams.Purpose.DEQUANTIZATION, step));
        return batch(standardized(line, 0).rows(), batch.context());
      };
    }
    return data == null && contexts == null
        ? batches
        : (step, size, streams) -> toModel(batches.batch(step, size, streams));
  }

  /**
   * Returns which rows can be computed with: the others have no density, or are so far out that
   * their squares overflow.
   *
   * @param prepared Not modified.
   */
  int[] computable(Prepared prepared) {
    double[][] standardized = prepared.rows();
    int[] found = new int[standardized.length];
    int count = 0;
    for (int i = 0; i < found.length; i++) {
      boolean near = prepared.logDet()[i] != Double.NEGATIVE_INFINITY;
      for (double value : standardized[i]) {
        near &= Math.abs(value) <= bound;
      }
      if (near) {
        found[count++] = i;
      }
    }
    return Arrays.copyOf(found, count);
  }
}
