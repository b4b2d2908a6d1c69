package org.fjordflow.core.backend;

import java.util.function.IntConsumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * The primitives that everything above is computed with, on arrays of one element type.
 *
 * <p>Outputs are given by the caller and are the last array parameters; unless a method says
 * otherwise they must not share memory with an input. With {@code beta} zero an output is
 * overwritten, whatever it held (NaN included). NaN and infinity in inputs go through as IEEE
 * arithmetic has it. All methods throw {@link org.fjordflow.base.FjordException} with
 * SHAPE_MISMATCH when shapes do not fit and TYPE_MISMATCH for a matrix of another backend; {@link
 * CheckedBackend}, which backends extend, does so for all of them.
 *
 * <p><b>Stacks.</b> Forward-mode tangents travel with their value: a stack of n rows with k
 * tangents has (1 + k) n rows, the value first, then each tangent.
 *
 * <p><b>Broadcast.</b> An operand documented as broadcast has the shape of the other one, or one
 * row (1 x cols), or one column (rows x 1), or one element.
 *
 * <p>Any number of threads may use a backend at once, as long as none writes a matrix that another
 * one reads or writes. After {@link #close} every operation throws CLOSED; {@link #lease} keeps the
 * memory until something larger is done.
 */
public interface Backend extends AutoCloseable {

  /** Returns the backend's short name, such as {@code cpu}. */
  String name();

  /** Returns how many threads {@link #parallel} uses at most, the caller's among them. */
  int threads();

  /**
   * Runs tasks, perhaps several at once and in any order, and returns when all are done. Tasks may
   * use this backend, as long as no task writes what another one reads or writes. A call from
   * within a task, or while another thread's tasks run, runs one after the other.
   *
   * @param count number of tasks
   * @param task is given the index of a task, from 0. If tasks fail, one of the failures is thrown
   *     when all are done.
   */
  void parallel(int count, IntConsumer task);

  /** Returns the element type of this backend's matrices. */
  DType dtype();

  /**
   * Allocates a matrix of zeros.
   *
   * @param rows rows, zero or more
   * @param cols columns, zero or more
   */
  Matrix allocate(int rows, int cols);

  /**
   * Copies numbers into a matrix, rounding to its type.
   *
   * @param source row-major values. Not modified.
   * @param offset where to begin in {@code source}
   * @param target Modified.
   */
  void upload(double[] source, int offset, Matrix target);

  /**
   * Copies a matrix out.
   *
   * @param source Not modified.
   * @param target row-major values. Modified.
   * @param offset where to begin in {@code target}
   */
  void download(Matrix source, double[] target, int offset);

  /**
   * Copies a matrix into another with the same number of elements.
   *
   * @param source Not modified.
   * @param target Modified.
   */
  void copy(Matrix source, Matrix target);

  /**
   * Writes the transpose of a matrix.
   *
   * @param source rows x cols. Not modified.
   * @param target cols x rows. Modified.
   */
  void transpose(Matrix source, Matrix target);

  /**
   * Sets every element.
   *
   * @param value the value
   * @param target Modified.
   */
  void fill(double value, Matrix target);

  /**
   * Matrix product: {@code c = alpha op(a) op(b) + beta c}.
   *
   * @param transposeA whether op(a) is the transpose of a
   * @param transposeB whether op(b) is the transpose of b
   * @param alpha factor of the product
   * @param a Not modified.
   * @param b Not modified.
   * @param beta factor of what c holds
   * @param c Modified.
   */
  void gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Matrix a,
      Matrix b,
      double beta,
      Matrix c);

  /**
   * Weighted sum: {@code y = alpha x + beta y}, x broadcast. {@code x} may be {@code y}.
   *
   * @param alpha factor of x
   * @param x Not modified.
   * @param beta factor of what y holds
   * @param y Modified.
   */
  void add(double alpha, Matrix x, double beta, Matrix y);

  /**
   * Element-wise product: {@code c = alpha a b + beta c}, b broadcast. {@code a} may be {@code c}.
   *
   * @param alpha factor of the product
   * @param a the shape of c. Not modified.
   * @param b broadcast. Not modified.
   * @param beta factor of what c holds
   * @param c Modified.
   */
  void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c);

  /**
   * Inner products of rows: {@code y_i = alpha sum_j a_ij b_ij + beta y_i}.
   *
   * @param alpha factor of the sums
   * @param a rows x cols. Not modified.
   * @param b the same shape, or null for ones. Not modified.
   * @param beta factor of what y holds
   * @param y rows x 1. Modified.
   */
  void rowDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y);

  /**
   * Inner products of columns: {@code y_j = alpha sum_i a_ij b_ij + beta y_j}.
   *
   * @param alpha factor of the sums
   * @param a rows x cols. Not modified.
   * @param b the same shape, or null for ones. Not modified.
   * @param beta factor of what y holds
   * @param y 1 x cols. Modified.
   */
  void columnDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y);

  /**
   * Copies or adds a block of columns between matrices with the same number of rows.
   *
   * @param source Not modified.
   * @param sourceColumn first column to read
   * @param target Modified in the named columns only.
   * @param targetColumn first column to write
   * @param count number of columns
   * @param accumulate whether to add to what target holds
   */
  void copyColumns(
      Matrix source,
      int sourceColumn,
      Matrix target,
      int targetColumn,
      int count,
      boolean accumulate);

  /**
   * Copies or adds columns as an index says: column j of the target from column {@code index(j)} of
   * the source, zero where there is none. Any column may be read several times.
   *
   * @param source rows x {@link ColumnIndex#sourceCols}. Not modified.
   * @param index which columns
   * @param accumulate whether to add to what target holds
   * @param target rows x {@link ColumnIndex#targetCols}. Modified.
   */
  void gatherColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target);

  /**
   * The transpose of {@link #gatherColumns}: column j of the source is added to column {@code
   * index(j)} of the target, and dropped where there is none. Columns that nothing is added to are
   * zero, or as they were if accumulating.
   *
   * @param source rows x {@link ColumnIndex#targetCols}. Not modified.
   * @param index which columns
   * @param accumulate whether to add to what target holds
   * @param target rows x {@link ColumnIndex#sourceCols}. Modified.
   */
  void scatterColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target);

  /**
   * Softmax of every row, stable for large inputs, and the logarithm of its denominator.
   *
   * @param x rows x cols. Not modified.
   * @param y softmax, rows x cols; may be {@code x}. Modified.
   * @param logSumExp rows x 1. Modified.
   */
  void softmax(Matrix x, Matrix y, Matrix logSumExp);

  /**
   * A scalar function and its derivatives at every element.
   *
   * @param f the function
   * @param x Not modified unless it is y.
   * @param y f(x), same shape; may be {@code x}. Modified.
   * @param first f'(x), same shape, or null if not wanted. Modified.
   * @param second f''(x), same shape, or null if not wanted. Modified.
   */
  void apply(Elementwise f, Matrix x, Matrix y, @Nullable Matrix first, @Nullable Matrix second);

  /**
   * The element-wise part of a layer on a stack: {@code u = p gate + shift} for the value and
   * {@code u = p gate} for tangents, then {@code y = f(u)} and {@code y_k = f'(u) u_k}.
   *
   * @param f the activation
   * @param p (1 + k) n x cols, products of the layer's input with its weights. Not modified unless
   *     it is y.
   * @param n rows of the value
   * @param gate 1 x cols, or n x cols for a gate of each row, or null for ones. Not modified.
   * @param shift 1 x cols, or n x cols for a shift of each row, or null for zeros. Not modified.
   * @param y the shape of p; may be {@code p}. Modified.
   * @param first f'(u) of the value, n x cols, or null if not wanted. Modified.
   * @param second f''(u) of the value, n x cols, or null if not wanted. Modified.
   */
  void layerForward(
      Elementwise f,
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix shift,
      Matrix y,
      @Nullable Matrix first,
      @Nullable Matrix second);

  /**
   * A layer whose gates and shifts are made of a time of each row, on a stack of value and
   * tangents: {@link #layerForward} with
   *
   * <pre>
   * gate = sigmoid(time gateWeight + gateBias)      shift = gate bias + time drift
   * </pre>
   *
   * @param f the activation
   * @param p (1 + k) n x cols, products of the layer's input with its weights. Not modified unless
   *     it is y.
   * @param times n x 1. Not modified.
   * @param gateWeight 1 x cols. Not modified.
   * @param gateBias 1 x cols. Not modified.
   * @param bias 1 x cols. Not modified.
   * @param drift 1 x cols, or null for zeros. Not modified.
   * @param y the shape of p; may be {@code p}. Modified.
   */
  void timedLayerForward(
      Elementwise f,
      Matrix p,
      Matrix times,
      Matrix gateWeight,
      Matrix gateBias,
      Matrix bias,
      @Nullable Matrix drift,
      Matrix y);

  /**
   * The reverse of {@link #layerForward}, through value and tangents:
   *
   * <pre>
   * uBar   = f'(u) yBar + f''(u) sum_k gate p_k yBar_k      uBar_k = f'(u) yBar_k
   * pBar   = gate uBar                                      pBar_k = gate uBar_k
   * gateBar = sum over rows of (p uBar + sum_k p_k uBar_k)  shiftBar = sum over rows of uBar
   * </pre>
   *
   * <p>Where the gate or the shift is one of each row, its adjoint is too, without the sum.
   *
   * @param p as given to layerForward. Not modified.
   * @param n rows of the value
   * @param gate as given to layerForward. Not modified.
   * @param first f'(u) as written by layerForward, or null for ones (identity). Not modified.
   * @param second f''(u) as written by layerForward, or null for zeros. Not modified.
   * @param yBar the shape of p. Not modified unless it is pBar.
   * @param pBar the shape of p; may be {@code yBar}. Modified.
   * @param gateBar 1 x cols for the sum over rows or n x cols, overwritten, or null if not wanted.
   *     Modified.
   * @param shiftBar 1 x cols for the sum over rows or n x cols, overwritten, or null if not wanted.
   *     Modified.
   */
  void layerBackward(
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix first,
      @Nullable Matrix second,
      Matrix yBar,
      Matrix pBar,
      @Nullable Matrix gateBar,
      @Nullable Matrix shiftBar);

  /**
   * Standardises every row: layer normalisation (Ba, Kiros and Hinton 2016) without its affine map.
   *
   * <pre>
   * scale = 1 / sqrt(mean((x - mean(x))^2) + epsilon)      y = (x - mean(x)) scale
   * </pre>
   *
   * @param x rows x cols. Not modified.
   * @param epsilon positive
   * @param y the shape of x. Modified.
   * @param scale rows x 1. Modified.
   */
  void normalizeRows(Matrix x, double epsilon, Matrix y, Matrix scale);

  /**
   * The reverse of {@link #normalizeRows}: {@code xBar = scale (yBar - mean(yBar) - y mean(y
   * yBar))}.
   *
   * @param y as written by normalizeRows. Not modified.
   * @param scale as written by normalizeRows. Not modified.
   * @param yBar the shape of y. Not modified.
   * @param accumulate whether to add to what xBar holds
   * @param xBar the shape of y. Modified.
   */
  void normalizeRowsBackward(Matrix y, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar);

  /**
   * Standardises groups of channels of images, one pixel a row: group normalisation (Wu and He
   * 2018) without its affine map. Each group of neighbouring columns of each image is standardised
   * as {@link #normalizeRows} does it.
   *
   * @param x (n pixels) x channels. Not modified.
   * @param pixels rows of an image, at least 1
   * @param epsilon positive
   * @param y the shape of x. Modified.
   * @param scale n x groups, of which the number divides the channels. Modified.
   */
  void normalizeGroups(Matrix x, int pixels, double epsilon, Matrix y, Matrix scale);

  /**
   * The reverse of {@link #normalizeGroups}; the formula is that of {@link #normalizeRowsBackward}.
   *
   * @param y as written by normalizeGroups. Not modified.
   * @param pixels as given to normalizeGroups
   * @param scale as written by normalizeGroups. Not modified.
   * @param yBar the shape of y. Not modified.
   * @param accumulate whether to add to what xBar holds
   * @param xBar the shape of y; not yBar. Modified.
   */
  void normalizeGroupsBackward(
      Matrix y, int pixels, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar);

  /**
   * Causal self-attention with several heads (Vaswani et al. 2017) in sequences of tokens, one
   * token a row. Queries, keys and values have width columns each, of which every head has its part
   * of size width / heads; a token sees itself and those before it in its sequence:
   *
   * <pre>
   * y_i = sum over j of p_ij v_j      p_i = softmax over j &lt;= i of q_i k_j / sqrt(size)
   * </pre>
   *
   * @param qkv (sequences tokens) x (3 width): queries, keys and values side by side. Not modified.
   * @param tokens tokens of each sequence, at least 1
   * @param heads number of heads, which divides the width
   * @param y (sequences tokens) x width. Modified.
   */
  void attention(Matrix qkv, int tokens, int heads, Matrix y);

  /**
   * The reverse of {@link #attention}.
   *
   * @param qkv as given to attention. Not modified.
   * @param tokens as given to attention
   * @param heads as given to attention
   * @param yBar (sequences tokens) x width. Not modified.
   * @param accumulate whether to add to what qkvBar holds
   * @param qkvBar the shape of qkv. Modified.
   */
  void attentionBackward(
      Matrix qkv, int tokens, int heads, Matrix yBar, boolean accumulate, Matrix qkvBar);

  /**
   * {@link #attention} for one more token of each of n sequences, whose keys and values up to there
   * are in a cache: the rows of token t are those from t n on.
   *
   * @param qkv n x (3 width), one row a sequence. Not modified.
   * @param token the token's place in its sequence, from 0
   * @param heads number of heads, which divides the width
   * @param cache at least ((token + 1) n) x (2 width): keys and values side by side. The rows of
   *     this token are written, those before it read.
   * @param y n x width. Modified.
   */
  void attentionStep(Matrix qkv, int token, int heads, Matrix cache, Matrix y);

  /**
   * A convolution of images with zeros around them, one pixel a row, n images of as many rows as
   * the window has {@link Window#pixels}, line by line.
   *
   * @param x (n pixels) x in. Not modified.
   * @param window which pixels each result sees
   * @param weight out x (taps in): by line and column of the kernel, input channels fastest. Not
   *     modified.
   * @param y (n {@link Window#results}) x out. Modified.
   */
  void convolve(Matrix x, Window window, Matrix weight, Matrix y);

  /**
   * The reverse of {@link #convolve} for its inputs.
   *
   * @param yBar (n results) x out. Not modified.
   * @param window as given to convolve
   * @param weight as given to convolve. Not modified.
   * @param accumulate whether to add to what xBar holds
   * @param xBar (n pixels) x in. Modified.
   */
  void convolveInputs(Matrix yBar, Window window, Matrix weight, boolean accumulate, Matrix xBar);

  /**
   * The reverse of {@link #convolve} for its weight: {@code weightBar = alpha G + beta weightBar}.
   *
   * @param alpha factor of the gradient G
   * @param yBar (n results) x out. Not modified.
   * @param x as given to convolve. Not modified.
   * @param window as given to convolve
   * @param beta factor of what weightBar holds
   * @param weightBar out x (taps in). Modified.
   */
  void convolveWeights(
      double alpha, Matrix yBar, Matrix x, Window window, double beta, Matrix weightBar);

  /**
   * Which pixels of an image the results of a convolution see: squares around every pixel, or
   * around every other one of every other line, beginning with the first.
   *
   * @param height lines of an image, at least 1
   * @param width pixels a line, at least 1
   * @param size lines and columns of the kernel, odd
   * @param stride 1 or 2
   */
  record Window(int height, int width, int size, int stride) {

    /**
     * Checks the sizes.
     *
     * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for others
     */
    public Window {
      if (height < 1 || width < 1 || size < 1 || size % 2 == 0 || stride < 1 || stride > 2) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "a convolution of %d x %d pixels, kernel %d, stride %d; expected positive sizes, an odd kernel and stride 1 or 2"
                .formatted(height, width, size, stride));
      }
    }

    /** Returns the number of pixels of an image. */
    public int pixels() {
      return height * width;
    }

    /** Returns the number of pixels that a result sees, those outside of the image included. */
    public int taps() {
      return size * size;
    }

    /** Returns the number of lines of results. */
    public int down() {
      return (height + stride - 1) / stride;
    }

    /** Returns the number of results a line. */
    public int across() {
      return (width + stride - 1) / stride;
    }

    /** Returns the number of results of an image. */
    public int results() {
      return down() * across();
    }

    /**
     * Returns where the pixels are that results see: for result, tap and channel the column of the
     * image as one row.
     */
    public ColumnIndex patches(int channels) {
      int[] sources = new int[results() * taps() * channels];
      for (int i = 0; i < sources.length; i++) {
        int tap = i / channels % taps();
        int result = i / channels / taps();
        int line = result / across() * stride + tap / size - size / 2;
        int column = result % across() * stride + tap % size - size / 2;
        boolean inside = line >= 0 && line < height && column >= 0 && column < width;
        sources[i] = inside ? (line * width + column) * channels + i % channels : ColumnIndex.NONE;
      }
      return ColumnIndex.of(pixels() * channels, sources);
    }
  }

  /**
   * Lets the calling thread use this backend until the lease is closed, whoever closes the backend
   * meanwhile: an evaluation of several operations is then finished, and not ended half way.
   *
   * @return to be closed by the same thread; leases of one thread may nest
   * @throws org.fjordflow.base.FjordException CLOSED if the backend has been closed
   */
  Lease lease();

  /** Keeps a backend's memory for the thread that took it. */
  interface Lease extends AutoCloseable {

    /** Ends the lease; the last one of a closed backend returns its memory. */
    @Override
    void close();
  }

  /** Returns whether {@link #close} has been called. */
  boolean isClosed();

  /**
   * Closes this backend: operations that have not begun throw CLOSED, on every thread. Native
   * memory is returned at once, or when the last running operation or {@link #lease} ends; this
   * does not wait for it. May be called from any thread, and twice.
   */
  @Override
  void close();
}
