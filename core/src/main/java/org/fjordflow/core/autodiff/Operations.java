package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a {@link Tape}. Each acts on a value and its tangents, and its reverse goes
 * through both; the few that take or drop tangents say so.
 */
abstract sealed class Operations permits Tape {

  private Tape tape() {
    return (Tape) this;
  }

  /**
   * A layer: {@code y = f((x W^T) gate + shift)}, tangents through all of it. The one coarse
   * operation that networks are made of.
   *
   * @param f activation; IDENTITY for none
   * @param x n x in
   * @param weight out x in
   * @param gate 1 x out, or n x out for one of each row, or null for ones
   * @param shift 1 x out, or n x out for one of each row, or null for zeros
   * @return n x out
   */
  public Var layer(Elementwise f, Var x, Var weight, @Nullable Var gate, @Nullable Var shift) {
    return LayerNode.apply(tape(), f, x, weight, gate, shift);
  }

  /**
   * A convolution of images, one pixel a row, with what a {@link #layer} has behind its product:
   * {@code y = f((x * W) gate + shift)}, tangents through all of it.
   *
   * @param f activation; IDENTITY for none
   * @param x (n pixels) x in
   * @param window which pixels each result sees
   * @param weight out x (taps in): by line and column of the kernel, input channels fastest
   * @param gate 1 x out, or one of each result, or null for ones
   * @param shift 1 x out, or one of each result, or null for zeros
   * @return (n results) x out
   * @throws FjordException SHAPE_MISMATCH if sizes do not fit
   */
  public Var convolution(
      Elementwise f,
      Var x,
      Backend.Window window,
      Var weight,
      @Nullable Var gate,
      @Nullable Var shift) {
    return LayerNode.apply(tape(), f, x, window, weight, gate, shift);
  }

  /**
   * A layer whose gates and shifts are made of a time of each row: {@link #layer} with
   *
   * <pre>
   * gate = sigmoid(t gateWeight + gateBias)      shift = gate bias + t drift
   * </pre>
   *
   * On a tape that does not record, gates and shifts are made as they are used, in no memory.
   *
   * @param f activation; IDENTITY for none
   * @param x n x in
   * @param weight out x in
   * @param bias 1 x out
   * @param times n x 1, or 1 x 1 for one of all rows
   * @param gateWeight out x 1
   * @param gateBias 1 x out
   * @param drift out x 1, or null for zeros
   * @return n x out
   */
  public Var timedLayer(
      Elementwise f,
      Var x,
      Var weight,
      Var bias,
      Var times,
      Var gateWeight,
      Var gateBias,
      @Nullable Var drift) {
    return LayerNode.applyAt(tape(), f, x, weight, bias, times, gateWeight, gateBias, drift);
  }

  /**
   * Products of rows with weights of their own: {@code y_i = W_i x_i}, tangents through both. One
   * small product for each row and tangent, so the time is that of reading all weights: what can
   * share its weights should be a {@link #layer}.
   *
   * @param x n x in
   * @param weights n x (out in); row i is W_i, out x in, row by row
   * @return n x out
   * @throws FjordException SHAPE_MISMATCH if the weights do not fit
   */
  public Var rowProduct(Var x, Var weights) {
    return RowProductNode.apply(tape(), x, weights);
  }

  /**
   * Sum {@code alpha a + beta b}; the smaller operand may be one row, one column or one element of
   * the other's shape.
   */
  public Var sum(double alpha, Var a, double beta, Var b) {
    return SumNode.apply(tape(), alpha, a, beta, b);
  }

  /** Sum {@code a + b}; see {@link #sum}. */
  public Var add(Var a, Var b) {
    return sum(1, a, 1, b);
  }

  /** Difference {@code a - b}; see {@link #sum}. */
  public Var subtract(Var a, Var b) {
    return sum(1, a, -1, b);
  }

  /**
   * Element-wise product; the smaller operand may be one row, one column or one element of the
   * other's shape.
   */
  public Var multiply(Var a, Var b) {
    return ProductNode.apply(tape(), a, b);
  }

  /** {@code alpha x + beta}, element by element. */
  public Var affine(double alpha, Var x, double beta) {
    return sum(alpha, x, beta, tape().constant(1));
  }

  /**
   * {@code f(x gate + shift)}, element by element: a {@link #layer} without its product.
   *
   * @param f activation; IDENTITY for none
   * @param x n x cols
   * @param gate 1 x cols, or n x cols for one of each row, or null for ones
   * @param shift 1 x cols, or n x cols for one of each row, or null for zeros
   * @return n x cols
   * @throws FjordException SHAPE_MISMATCH if sizes do not fit
   */
  public Var scaled(Elementwise f, Var x, @Nullable Var gate, @Nullable Var shift) {
    return ElementwiseNode.apply(tape(), f, x, gate, shift);
  }

  /** f(x), element by element. */
  public Var apply(Elementwise f, Var x) {
    return f == Elementwise.IDENTITY ? x : ElementwiseNode.apply(tape(), f, x, null, null);
  }

  /** Puts matrices with the same number of rows side by side. */
  public Var concat(Var... parts) {
    return Selections.Concat.apply(tape(), List.of(parts));
  }

  /**
   * A range of columns.
   *
   * @param from first column, inclusive
   * @param to last column, exclusive
   */
  public Var columns(Var x, int from, int to) {
    return Selections.Columns.apply(tape(), x, from, to);
  }

  /**
   * Columns as an index says: a permutation, a choice, or patches of images.
   *
   * @param x n x {@link ColumnIndex#sourceCols}
   * @return n x {@link ColumnIndex#targetCols}
   */
  public Var gather(Var x, ColumnIndex index) {
    return Selections.Gather.gather(tape(), x, index);
  }

  /**
   * The transpose of {@link #gather}: sums of the columns that come from the same one.
   *
   * @param x n x {@link ColumnIndex#targetCols}
   * @return n x {@link ColumnIndex#sourceCols}
   */
  public Var scatter(Var x, ColumnIndex index) {
    return Selections.Gather.scatter(tape(), x, index);
  }

  /**
   * The same elements, row by row, in another shape; those of each tangent likewise.
   *
   * @throws FjordException SHAPE_MISMATCH if sizes differ
   */
  public Var reshape(Var x, int rows, int cols) {
    return ViewNode.reshape(tape(), x, rows, cols);
  }

  /**
   * A range of columns as {@link #columns} has it, but of one row without tangents in the same
   * memory.
   *
   * @param from first column, inclusive
   * @param to last column, exclusive
   * @throws FjordException SHAPE_MISMATCH for columns out of range
   */
  public Var slice(Var x, int from, int to) {
    return ViewNode.slice(tape(), x, from, to);
  }

  /**
   * A value with given tangents: what {@link #value} and {@link #tangent} take apart.
   *
   * @param x n x cols without tangents
   * @param tangents each n x cols without tangents
   * @throws FjordException SHAPE_MISMATCH for a tangent of another shape, UNSUPPORTED for one that
   *     has tangents itself
   */
  public Var withTangents(Var x, List<Var> tangents) {
    return tangents.isEmpty() ? x : WithTangentsNode.apply(tape(), x, tangents);
  }

  /** The value alone, without its tangents. */
  public Var value(Var x) {
    return x.tangents() == 0 ? x : ViewNode.value(tape(), x);
  }

  /**
   * Tangent k, from 0, as a value of its own.
   *
   * @throws FjordException SHAPE_MISMATCH if there is no such tangent
   */
  public Var tangent(Var x, int k) {
    return ViewNode.tangent(tape(), x, k);
  }

  /**
   * One row repeated; what has so many rows already stays as it is.
   *
   * @param x 1 x cols, or rows x cols
   * @return rows x cols
   * @throws FjordException SHAPE_MISMATCH for another number of rows
   */
  public Var repeat(Var x, int rows) {
    return RepeatNode.apply(tape(), x, rows);
  }

  /** Sums of rows, n x 1, with tangents. */
  public Var rowSum(Var x) {
    return Sums.RowSum.apply(tape(), x);
  }

  /** Sums of columns, 1 x cols, with tangents. */
  public Var columnSum(Var x) {
    return Sums.ColumnSum.apply(tape(), x);
  }

  /** Mean of all elements, 1 x 1. */
  public Var mean(Var x) {
    return affine(1.0 / Math.max(1, x.rows() * x.cols()), columnSum(rowSum(x)), 0);
  }

  /**
   * Logarithm of the sum of exponentials of each row, n x 1. With the softmax p of a row its
   * tangents are {@code sum_j p_j x_kj}.
   */
  public Var logSumExp(Var x) {
    return LogSumExpNode.apply(tape(), x);
  }

  /**
   * Every row with mean zero and variance one: layer normalisation (Ba, Kiros and Hinton 2016)
   * without its affine map, which a linear layer after it has anyway.
   *
   * @param x n x cols
   * @param epsilon added to the variance
   * @throws FjordException INVALID_ARGUMENT for an epsilon that is not positive
   */
  public Var layerNorm(Var x, double epsilon) {
    return LayerNormNode.apply(tape(), x, epsilon);
  }

  /**
   * Each group of channels of each image with mean zero and variance one: group normalisation (Wu
   * and He 2018) without its affine map.
   *
   * @param x (n pixels) x channels
   * @param pixels rows of an image
   * @param groups of neighbouring channels; they divide these
   * @param epsilon added to the variance
   * @throws FjordException INVALID_ARGUMENT for numbers that are not positive; SHAPE_MISMATCH for
   *     rows that are no whole images, or groups that do not divide the channels
   */
  public Var groupNorm(Var x, int pixels, int groups, double epsilon) {
    return GroupNormNode.apply(tape(), x, pixels, groups, epsilon);
  }

  /**
   * Causal self-attention with several heads; see {@link Backend#attention}.
   *
   * @param qkv (sequences tokens) x (3 width): queries, keys and values side by side
   * @param tokens tokens of each sequence
   * @param heads number of heads, which divides the width
   * @return (sequences tokens) x width
   * @throws FjordException SHAPE_MISMATCH if sizes do not fit
   */
  public Var attention(Var qkv, int tokens, int heads) {
    return AttentionNode.apply(tape(), qkv, tokens, heads);
  }

  /**
   * Inner products of tangents with given directions: {@code sum_k sum_j e_kij x_kij / scale}, n x
   * 1. With tangents J e_k this is Hutchinson's estimate of the trace of J; with unit vectors, the
   * trace. Zeros for a value without tangents, such as a field that is the same everywhere.
   *
   * @param x n x cols with k tangents, or none
   * @param directions k n x cols, constant
   * @param factor factor of the result, such as one over the number of probes
   */
  public Var tangentDots(Var x, Matrix directions, double factor) {
    return Sums.TangentDots.apply(tape(), x, directions, factor);
  }

  /**
   * The trace of a Jacobian, n x 1; {@link #tangentDots} with unit vectors, but for what comes from
   * {@link Tape#inputWithUnits} computed from the diagonal alone.
   *
   * @param x n x cols with the derivatives by as many columns as tangents, or none
   * @param units unit vector 1 in every row, unit vector 2 and so on; (cols n) x cols, constant
   */
  public Var tangentTrace(Var x, Matrix units) {
    LayerNode last = x.deferred();
    return last == null ? tangentDots(x, units, 1) : DiagonalNode.apply(tape(), x, last);
  }

  /**
   * Weighted sums of the squared norms of a value's rows and of its tangents' rows: {@code w_0
   * |x_i|^2 + sum_k w_k |x_ki|^2}, n x 1 without tangents. With tangents J e_k the latter estimate
   * the squared Frobenius norm of J. Tangents of weight zero are not asked for.
   *
   * @param x n x cols with k tangents; those of a value without any, such as a field that is the
   *     same everywhere, count as zeros
   * @param weights that of the value, then one for each tangent. Not modified.
   * @throws FjordException SHAPE_MISMATCH for another number of weights
   */
  public Var squaredNorms(Var x, double... weights) {
    return Sums.SquaredNorms.apply(tape(), x, weights);
  }

  /**
   * An operation with its own reverse, such as the solution of a differential equation.
   *
   * @param inputs what it was computed from, none with tangents
   * @param outputs what it computed
   * @param reverse its reverse; called once if the sweep reaches an output
   * @return one value for each output
   * @throws FjordException UNSUPPORTED for an input with tangents, for which the operation needs a
   *     tangent rule
   */
  public List<Var> custom(List<Var> inputs, List<Matrix> outputs, CustomReverse reverse) {
    return CustomNode.apply(tape(), inputs, outputs, reverse);
  }

  /**
   * An operation with its own reverse and its own tangent rule, which is made of operations of the
   * tape and so has a reverse itself.
   *
   * @param inputs what it was computed from, with tangents or without
   * @param outputs what it computed of the inputs' values
   * @param reverse its reverse, of values; called once if the sweep reaches an output or what the
   *     tangent rule made of one
   * @param rule called once for each tangent
   * @return one value for each output, with as many tangents as the inputs have
   */
  public List<Var> custom(
      List<Var> inputs, List<Matrix> outputs, CustomReverse reverse, CustomReverse.Tangents rule) {
    int tangents = inputs.stream().mapToInt(Var::tangents).max().orElse(0);
    List<Var> values = inputs.stream().map(this::value).toList();
    List<Var> results = custom(values, outputs, reverse);
    if (tangents == 0) {
      return results;
    }
    List<List<Var>> moved = new ArrayList<>();
    for (int k = 0; k < tangents; k++) {
      List<@Nullable Var> along = new ArrayList<>();
      for (Var input : inputs) {
        along.add(input.tangents() == 0 ? null : tangent(input, k));
      }
      moved.add(rule.apply(tape(), values, results, along));
    }
    List<Var> all = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      int output = i;
      all.add(withTangents(results.get(i), moved.stream().map(m -> m.get(output)).toList()));
    }
    return all;
  }
}
