package org.fjordflow.cnf.internal.field;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/**
 * Evaluates rows of a {@link ColumnField}, which are columns here: a unit's values for all rows
 * stand side by side. So loops are long, first layers need no products of tangents, and last ones
 * the diagonal alone. The number of columns is filled up to a multiple of sixteen; then what a row
 * gets does not depend on its column nor on the others, to the bit in float64, and in float32 with
 * OpenBLAS's kernels for AVX-512 (those for AVX2 round by the column's place).
 */
final class ColumnEvaluator implements RowSystem.Evaluator {

  /** Products of fewer columns, and of the last ones of other numbers, sum in another order. */
  private static final int FEWEST_COLUMNS = 32;

  private static final int MULTIPLE = 16;

  /**
   * What is evaluated.
   *
   * @param rows rows of the batch
   * @param divergence null where it is not wanted
   * @param directions as {@link RowFieldSystem} has them, or null
   * @param context rows x context size, or null
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Batch(
      int rows,
      int dim,
      @Nullable Divergence divergence,
      double @Nullable [] directions,
      double @Nullable [] context,
      int contextSize) {

    int estimates() {
      return divergence == null ? 0 : divergence.estimates();
    }

    /** Returns whether tangents are taken along the unit vectors. */
    boolean takesUnits() {
      return divergence != null && divergence.takesUnits();
    }

    int tangents() {
      return divergence == null ? 0 : divergence.directions(dim);
    }
  }

  private final ColumnField field;
  private final Batch batch;
  private final Workspace workspace;
  private final Backend backend;
  private final Tape selection;
  private final Tape evaluation;
  private final double[] firstWeight;
  private double[] buffer;
  private int count;
  private int columns;
  private @Nullable Selected selected;

  /** A product, and where its parts are in memory. */
  private record Product(Matrix weight, Matrix input, Matrix target) {}

  /** A layer's products, and what its activation reads and writes. */
  private record Step(
      List<Product> products,
      Elementwise f,
      int units,
      @Nullable Matrix gate,
      Matrix shift,
      Matrix result,
      Matrix target) {}

  /**
   * What is made for rows that are selected. Matrices stay the same as long as the number of
   * columns does.
   *
   * @param input states and contexts
   * @param basis Chebyshev's polynomials at the times
   * @param made gates and shifts of each layer
   * @param value the layers, without tangents
   * @param whole the layers, with tangents
   * @param directions columns tangents x dim, or null
   */
  private record Selected(
      Matrix input,
      Matrix basis,
      List<Product> made,
      List<Step> value,
      List<Step> whole,
      @Nullable Matrix directions) {}

  ColumnEvaluator(ColumnField field, Batch batch, Backend backend, Workspace workspace) {
    this.field = field;
    this.batch = batch;
    this.workspace = workspace;
    this.backend = backend;
    this.selection = workspace.borrow(backend, Workspace.Use.SELECT_ROWS);
    this.evaluation = workspace.borrow(backend, Workspace.Use.EVALUATE_PART);
    Matrix first = field.layers().get(0).weight();
    this.firstWeight = new double[first.size()];
    backend.download(first, firstWeight, 0);
    this.buffer = new double[0];
  }

  private static int columns(int rows) {
    return Math.max(FEWEST_COLUMNS, (rows + MULTIPLE - 1) / MULTIPLE * MULTIPLE);
  }

  private double[] buffer(int size) {
    if (buffer.length < size) {
      buffer = new double[size];
    }
    return buffer;
  }

  @Override
  public void select(int[] rows, int number) {
    count = number;
    int needed = columns(count);
    boolean sameUnits = batch.takesUnits() || batch.tangents() == 0;
    if (selected == null || needed != columns || !sameUnits) {
      columns = needed;
      selection.reset();
      selected = prepare(rows);
    }
    if (batch.context() != null) {
      putContext(rows, selected().input());
    }
  }

  private Selected prepare(int[] rows) {
    List<ColumnField.Layer> layers = field.layers();
    ColumnField.Layer first = layers.get(0);
    Matrix input = selection.take(first.weight().cols(), columns);
    backend.fill(0, input);
    Matrix products = selection.take((1 + batch.tangents()) * first.units(), columns);
    Matrix own = null;
    if (batch.takesUnits()) {
      putColumnsOfWeight(products);
    } else if (batch.tangents() > 0) {
      own = pickDirections(rows);
      multiplyDirections(own, products);
    }
    Matrix basis = selection.take(field.terms(), columns);
    List<Product> made = new ArrayList<>();
    int most = 0;
    for (ColumnField.Layer layer : layers) {
      Matrix polynomials = layer.polynomials();
      made.add(new Product(polynomials, basis, selection.take(polynomials.rows(), columns)));
      most = Math.max(most, (1 + batch.tangents()) * layer.units());
    }
    // Each layer reads one of them and writes the other.
    Matrix[] turns = {selection.take(most, columns), selection.take(most, columns)};
    List<Step> value = new ArrayList<>();
    List<Step> whole = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Matrix from = i == 0 ? input : turns[(i + 1) % 2];
      Matrix to = i == 0 ? products : turns[i % 2];
      value.add(step(i, 0, from, to, turns[i % 2], made.get(i).target()));
      whole.add(step(i, batch.tangents(), from, to, turns[i % 2], made.get(i).target()));
    }
    return new Selected(input, basis, made, value, whole, own);
  }

  private Step step(int i, int tangents, Matrix from, Matrix to, Matrix target, Matrix made) {
    ColumnField.Layer layer = field.layers().get(i);
    int units = layer.units();
    int inputs = layer.weight().cols();
    // Along unit vectors the diagonal alone is wanted, which fills one tangent.
    boolean diagonal = i == field.layers().size() - 1 && tangents > 0 && batch.takesUnits();
    List<Product> products = new ArrayList<>();
    // The first layer's products with tangents are there.
    for (int k = 0; k <= (i == 0 ? 0 : tangents); k++) {
      boolean one = diagonal && k > 0;
      Matrix weight = one ? layer.weight().rows(k - 1, k) : layer.weight();
      int at = one ? units + k - 1 : k * units;
      Matrix part = from.rows(k * inputs, (k + 1) * inputs);
      products.add(new Product(weight, part, to.rows(at, at + weight.rows())));
    }
    int rows = (diagonal ? 2 : 1 + tangents) * units;
    return new Step(
        products,
        layer.f(),
        units,
        layer.isGated() ? made.rows(0, units) : null,
        made.rows(made.rows() - units, made.rows()),
        to.rows(0, rows),
        target.rows(0, rows));
  }

  /** Products of the first weight with unit vectors. */
  private void putColumnsOfWeight(Matrix products) {
    int units = field.layers().get(0).units();
    int inputs = firstWeight.length / units;
    double[] slab = buffer(units * columns);
    for (int k = 0; k < batch.dim(); k++) {
      for (int u = 0; u < units; u++) {
        Arrays.fill(slab, u * columns, (u + 1) * columns, firstWeight[u * inputs + k]);
      }
      backend.upload(slab, 0, products.rows((1 + k) * units, (2 + k) * units));
    }
  }

  private void multiplyDirections(Matrix own, Matrix products) {
    ColumnField.Layer first = field.layers().get(0);
    int units = first.units();
    Matrix direction = selection.take(first.weight().cols(), columns);
    backend.fill(0, direction);
    for (int k = 0; k < batch.tangents(); k++) {
      Matrix slab = products.rows((1 + k) * units, (2 + k) * units);
      backend.transpose(own.rows(k * columns, (k + 1) * columns), direction.rows(0, batch.dim()));
      backend.gemm(false, false, 1, first.weight(), direction, 0, slab);
    }
  }

  /** The directions of the rows, and zeros for the other columns. */
  private Matrix pickDirections(int[] rows) {
    int dim = batch.dim();
    double[] all = Objects.requireNonNull(batch.directions());
    Matrix own = selection.take(batch.tangents() * columns, dim);
    double[] picked = buffer(own.size());
    Arrays.fill(picked, 0, own.size(), 0);
    for (int k = 0; k < batch.tangents(); k++) {
      for (int i = 0; i < count; i++) {
        int from = (k * batch.rows() + rows[i]) * dim;
        System.arraycopy(all, from, picked, (k * columns + i) * dim, dim);
      }
    }
    backend.upload(picked, 0, own);
    return own;
  }

  private void putContext(int[] rows, Matrix input) {
    double[] context = Objects.requireNonNull(batch.context());
    int size = batch.contextSize();
    double[] picked = buffer(size * columns);
    Arrays.fill(picked, 0, size * columns, 0);
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < size; j++) {
        picked[j * columns + i] = context[rows[i] * size + j];
      }
    }
    backend.upload(picked, 0, input.rows(batch.dim(), batch.dim() + size));
  }

  private Selected selected() {
    return Objects.requireNonNull(selected);
  }

  @Override
  public void at(double[] times) {
    Selected rows = selected();
    double[] basis = buffer(field.terms() * columns);
    field.basis(times, count, columns, basis);
    backend.upload(basis, 0, rows.basis());
    rows.made().forEach(this::multiply);
  }

  private void multiply(Product product) {
    backend.gemm(false, false, 1, product.weight(), product.input(), 0, product.target());
  }

  @Override
  public void derivatives(boolean integrals, double[] y, double[] yDot) {
    Selected rows = selected();
    int dim = batch.dim();
    int width = dim + batch.estimates();
    double[] z = buffer(dim * columns);
    for (int j = 0; j < dim; j++) {
      for (int i = 0; i < count; i++) {
        z[j * columns + i] = y[i * width + j];
      }
      Arrays.fill(z, j * columns + count, (j + 1) * columns, 0);
    }
    backend.upload(z, 0, rows.input().rows(0, dim));
    int tangents = integrals ? batch.tangents() : 0;
    Matrix f = evaluate(tangents > 0 ? rows.whole() : rows.value());
    if (tangents > 0) {
      putTraces(rows, f, yDot);
    }
    double[] made = buffer(dim * columns);
    backend.download(f.rows(0, dim), made, 0);
    for (int j = 0; j < dim; j++) {
      for (int i = 0; i < count; i++) {
        yDot[i * width + j] = made[j * columns + i];
      }
    }
    for (int j = dim; tangents == 0 && j < width; j++) {
      for (int i = 0; i < count; i++) {
        yDot[i * width + j] = 0;
      }
    }
  }

  /** The field's value, and its tangents; of those along unit vectors the diagonal alone. */
  private Matrix evaluate(List<Step> steps) {
    Matrix last = null;
    for (Step step : steps) {
      step.products().forEach(this::multiply);
      Matrix result = step.result();
      last = step.target();
      backend.layerForward(
          step.f(), result, step.units(), step.gate(), step.shift(), last, null, null);
    }
    return Objects.requireNonNull(last);
  }

  private void putTraces(Selected rows, Matrix f, double[] yDot) {
    int dim = batch.dim();
    int width = dim + batch.estimates();
    if (batch.takesUnits()) {
      double[] diagonal = buffer(dim * columns);
      backend.download(f.rows(dim, 2 * dim), diagonal, 0);
      for (int i = 0; i < count; i++) {
        double sum = 0;
        for (int j = 0; j < dim; j++) {
          sum += diagonal[j * columns + i];
        }
        yDot[i * width + dim] = sum;
      }
      return;
    }
    evaluation.reset();
    Matrix stack = evaluation.take((1 + batch.tangents()) * columns, dim);
    for (int k = 0; k <= batch.tangents(); k++) {
      backend.transpose(f.rows(k * dim, (k + 1) * dim), stack.rows(k * columns, (k + 1) * columns));
    }
    Divergence divergence = Objects.requireNonNull(batch.divergence());
    Matrix own = Objects.requireNonNull(rows.directions());
    Var trace = divergence.trace(evaluation, evaluation.input(stack, columns), own);
    int estimates = batch.estimates();
    double[] made = buffer(columns * estimates);
    backend.download(trace.value(), made, 0);
    for (int i = 0; i < count; i++) {
      System.arraycopy(made, i * estimates, yDot, i * width + dim, estimates);
    }
  }

  @Override
  public void close() {
    workspace.giveBack(selection, Workspace.Use.SELECT_ROWS);
    workspace.giveBack(evaluation, Workspace.Use.EVALUATE_PART);
  }
}
