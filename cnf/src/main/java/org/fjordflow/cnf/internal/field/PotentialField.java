package org.fjordflow.cnf.internal.field;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;

/**
 * The field of a potential (Onken, Wu Fung, Li and Ruthotto 2021, "OT-Flow"), with s = [z, t,
 * context]:
 *
 * <pre>
 * f = -grad_z Phi      Phi(s) = w^T N(s) + s^T A^T A s / 2 + b^T s
 * N: u_0 = g(K_0 s + b_0)      u_l = u_{l-1} + h g(K_l u_{l-1} + b_l)      g(x) = log(e^x + e^-x)
 * </pre>
 *
 * <p>Gradient and trace of the Hessian are written out as they are there, so that no tangents are
 * needed: for each column the trace costs one product with each K_l but K_0. Their constant c has
 * no effect here.
 */
public final class PotentialField implements VectorField {

  /** The most rows of A. */
  private static final int MOST_RANK = 10;

  private final int dim;
  private final List<Dense> layers;
  private final Parameter weight;
  private final Parameter factor;
  private final Parameter slope;
  private final int width;
  private final double step;
  private final ColumnIndex opening;
  private final ColumnIndex square;
  private final ColumnIndex quadratic;

  /**
   * What a potential gives at a point.
   *
   * @param field n x dim
   * @param timeDerivative of the potential, n x 1
   * @param divergence of the field, n x 1; null where it is not wanted
   */
  record Slopes(Var field, Var timeDerivative, @Nullable Var divergence) {

    /** How far the Hamilton-Jacobi-Bellman equation is from holding, n x 1, without tangents. */
    Var residual(Tape tape) {
      Var half = tape.squaredNorms(tape.value(field), 0.5);
      Var gap = tape.sum(1, tape.value(timeDerivative), -1, half);
      Var below = tape.apply(Elementwise.RELU, tape.affine(-1, gap, 0));
      return tape.add(tape.apply(Elementwise.RELU, gap), below);
    }
  }

  private PotentialField(
      int dim, List<Dense> layers, Parameter weight, Parameter factor, Parameter slope) {
    this.dim = dim;
    this.layers = layers;
    this.weight = weight;
    this.factor = factor;
    this.slope = slope;
    this.width = weight.value().cols();
    this.step = layers.size() == 1 ? 0 : 1.0 / (layers.size() - 1);
    int inputs = factor.value().cols();
    this.opening = transposed(width, inputs, dim + 1);
    this.square = transposed(width, width, width);
    this.quadratic = transposed(factor.value().rows(), inputs, dim + 1);
  }

  /**
   * Creates a field. The opening layer and those behind it begin as linear layers do, A as Glorot
   * and Bengio's uniform values and b as zeros, as the authors' code has it; w as {@code 1 / width}
   * where that has ones, with which the field of many units begins far too fast.
   *
   * @param parameters where {@code name.0.weight} and so on are added. Modified.
   * @param context columns of the context, 0 for none
   * @param width units of each layer
   * @param depth number of layers, at least 1
   * @param inputGain factor of the opening layer's initial values
   */
  public static PotentialField create(
      Parameters parameters,
      String name,
      int dim,
      int context,
      int width,
      int depth,
      double inputGain,
      RandomGenerator random) {
    int inputs = dim + 1 + context;
    List<Dense> layers = new ArrayList<>();
    for (int l = 0; l < depth; l++) {
      int from = l == 0 ? inputs : width;
      layers.add(Dense.create(parameters, name + "." + l, from, width, random));
    }
    layers.get(0).scale(parameters.backend(), inputGain);
    int rank = Math.min(MOST_RANK, inputs);
    double bound = Math.sqrt(6.0 / (rank + inputs));
    double[] a = random.doubles((long) rank * inputs, -bound, bound).toArray();
    double[] w = new double[width];
    Arrays.fill(w, 1.0 / width);
    return new PotentialField(
        dim,
        layers,
        parameters.add(name + ".potential.weight", w, width),
        parameters.add(name + ".potential.factor", a, rank, inputs),
        parameters.add(name + ".potential.slope", new double[dim + 1], dim + 1));
  }

  /** Of a matrix as one row, the first so many rows of its transpose as one row. */
  private static ColumnIndex transposed(int rows, int cols, int first) {
    return ColumnIndex.of(
        rows * cols,
        IntStream.range(0, first * rows).map(j -> j % rows * cols + j / rows).toArray());
  }

  private static Var transpose(Tape tape, Parameter matrix, ColumnIndex index) {
    Var row = tape.reshape(tape.parameter(matrix), 1, index.sourceCols());
    return tape.gather(row, index);
  }

  /**
   * Returns whether a field knows its divergence, so that no tangents are wanted of it.
   *
   * @param weights those of the penalty; null for none
   */
  public static boolean closes(
      VectorField field, @Nullable Divergence divergence, @Nullable EnergyWeights weights) {
    return field instanceof PotentialField
        && divergence != null
        && divergence.takesUnits()
        && (weights == null || !weights.ofTangents());
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public Var apply(Tape tape, Var t, Var z, @Nullable Var context) {
    return slopes(tape, t, z, context, false).field();
  }

  /**
   * Evaluates the field and what else its potential gives.
   *
   * @param divergence whether it is wanted; z has no tangents then
   */
  Slopes slopes(Tape tape, Var t, Var z, @Nullable Var context, boolean divergence) {
    Var time = tape.repeat(t, z.rows());
    Var s = context == null ? tape.concat(z, time) : tape.concat(z, time, context);
    int last = layers.size() - 1;
    Var[] slopes = new Var[last + 1];
    Var[] behind = new Var[last + 2];
    Var u = s;
    for (int l = 0; l <= last; l++) {
      Var q = layers.get(l).apply(tape, u, Elementwise.IDENTITY);
      slopes[l] = tape.apply(Elementwise.TANH, q);
      if (l < last) {
        u = l == 0 ? activate(tape, q) : tape.sum(1, u, step, activate(tape, q));
      }
    }
    behind[last + 1] = tape.parameter(weight);
    for (int l = last; l > 0; l--) {
      Var moved = tape.multiply(slopes[l], behind[l + 1]);
      Var back = tape.reshape(transpose(tape, layers.get(l).weight(), square), width, width);
      Var product = tape.layer(Elementwise.IDENTITY, moved, back, null, null);
      behind[l] = tape.sum(step, product, 1, behind[l + 1]);
    }
    Var openingRow = transpose(tape, layers.get(0).weight(), opening);
    Var factorRow = transpose(tape, factor, quadratic);
    Var gradient =
        tape.add(
            tape.layer(
                Elementwise.IDENTITY,
                tape.multiply(slopes[0], behind[1]),
                tape.reshape(openingRow, dim + 1, width),
                null,
                tape.parameter(slope)),
            tape.layer(
                Elementwise.IDENTITY,
                tape.layer(Elementwise.IDENTITY, s, tape.parameter(factor), null, null),
                tape.reshape(factorRow, dim + 1, factor.value().rows()),
                null,
                null));
    Var field = tape.affine(-1, tape.columns(gradient, 0, dim), 0);
    Var timeDerivative = tape.columns(gradient, dim, dim + 1);
    Var trace =
        divergence
            ? tape.affine(-1, laplacian(tape, openingRow, factorRow, slopes, behind), 0)
            : null;
    return new Slopes(field, timeDerivative, trace);
  }

  private static Var activate(Tape tape, Var q) {
    return tape.sum(1, tape.apply(Elementwise.SOFTPLUS, tape.affine(2, q, 0)), -1, q);
  }

  /**
   * The trace of the Hessian by z, n x 1. Column by column, so that what each operation works on
   * stays in cache.
   */
  private Var laplacian(Tape tape, Var openingRow, Var factorRow, Var[] slopes, Var[] behind) {
    int rank = factor.value().rows();
    Var ofColumns = tape.slice(openingRow, 0, dim * width);
    Var norms = tape.columnSum(tape.apply(Elementwise.SQUARE, tape.reshape(ofColumns, dim, width)));
    Var sum =
        tape.layer(
            Elementwise.IDENTITY,
            tape.multiply(curvature(tape, slopes[0]), behind[1]),
            norms,
            null,
            tape.rowSum(tape.apply(Elementwise.SQUARE, tape.slice(factorRow, 0, dim * rank))));
    if (layers.size() == 1) {
      return sum;
    }
    Var[] squares = new Var[layers.size()];
    for (int k = 0; k < dim; k++) {
      Var moved = tape.multiply(slopes[0], tape.slice(openingRow, k * width, (k + 1) * width));
      for (int l = 1; l < layers.size(); l++) {
        Var weights = tape.parameter(layers.get(l).weight());
        Var product = tape.layer(Elementwise.IDENTITY, moved, weights, null, null);
        Var square = tape.apply(Elementwise.SQUARE, product);
        squares[l] = k == 0 ? square : tape.add(squares[l], square);
        if (l + 1 < layers.size()) {
          moved = tape.sum(1, moved, step, tape.multiply(slopes[l], product));
        }
      }
    }
    for (int l = 1; l < layers.size(); l++) {
      Var curved = tape.multiply(curvature(tape, slopes[l]), behind[l + 1]);
      sum = tape.sum(1, sum, step, tape.rowSum(tape.multiply(curved, squares[l])));
    }
    return sum;
  }

  private static Var curvature(Tape tape, Var slope) {
    return tape.affine(-1, tape.apply(Elementwise.SQUARE, slope), 1);
  }
}
