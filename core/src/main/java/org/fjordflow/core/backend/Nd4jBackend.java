package org.fjordflow.core.backend;

import java.util.Arrays;
import java.util.function.IntConsumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.same.Max;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A backend in ND4J ops alone, so that it runs wherever an ND4J backend does, CUDA included. Slower
 * than {@link CpuBackend} on a CPU: every op is a native call of its own over the whole array.
 *
 * <p>No global setting of ND4J is changed. Where other work keeps the cores busy, its OpenMP
 * threads wait for each other: the environment variable {@code OMP_NUM_THREADS=1} then makes it
 * several times faster.
 */
public final class Nd4jBackend implements Backend {
  private static final int SLOT_A = 0;
  private static final int SLOT_B = 1;

  private final DType dtype;
  private final Nd4jMemory memory;
  private final Nd4jFunctions functions;

  /**
   * Creates a backend for one thread.
   *
   * @param dtype element type of its matrices
   */
  public Nd4jBackend(DType dtype) {
    this.dtype = dtype;
    memory = new Nd4jMemory(this, dtype);
    functions = new Nd4jFunctions(memory);
  }

  @Override
  public String name() {
    return "nd4j";
  }

  @Override
  public int threads() {
    return 1;
  }

  /** One after the other: ND4J's operations have threads of their own. */
  @Override
  public void parallel(int count, IntConsumer task) {
    Workers.inSequence(count, task);
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Matrix allocate(int rows, int cols) {
    Shapes.requireDimensions(rows, cols);
    return memory.allocate(rows, cols);
  }

  @Override
  public void upload(double[] source, int offset, Matrix target) {
    Nd4jMatrix t = own(target);
    Shapes.requireRange(offset, t.size(), source.length, "source of upload");
    if (t.size() == 0) {
      return;
    }
    double[] values = Arrays.copyOfRange(source, offset, offset + t.size());
    try (INDArray numbers = Nd4j.createFromArray(values)) {
      t.array().assign(numbers.reshape('c', t.rows(), t.cols()));
    }
  }

  @Override
  public void download(Matrix source, double[] target, int offset) {
    Nd4jMatrix s = own(source);
    Shapes.requireRange(offset, s.size(), target.length, "target of download");
    if (s.size() == 0) {
      return;
    }
    try (INDArray copy = s.array().dup('c')) {
      System.arraycopy(copy.data().asDouble(), 0, target, offset, s.size());
    }
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    Nd4jMatrix s = own(source);
    Nd4jMatrix t = own(target);
    Shapes.requireSize(s.size(), t.size(), "target of copy");
    if (s.size() > 0) {
      t.view(0, s.rows(), s.cols()).array().assign(s.array());
    }
  }

  @Override
  public void transpose(Matrix source, Matrix target) {
    Nd4jMatrix s = own(source);
    Nd4jMatrix t = own(target);
    Shapes.require(
        target, /* rows= */ source.cols(), /* cols= */ source.rows(), "target of transpose");
    if (s.size() > 0) {
      t.array().assign(s.transposed());
    }
  }

  @Override
  public void fill(double value, Matrix target) {
    Nd4jMatrix t = own(target);
    if (t.size() > 0) {
      t.array().assign(value);
    }
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Matrix a,
      Matrix b,
      double beta,
      Matrix c) {
    Nd4jMatrix x = own(a);
    Nd4jMatrix y = own(b);
    Nd4jMatrix z = own(c);
    int inner = Shapes.requireProduct(transposeA, transposeB, a, b, c);
    if (z.size() == 0) {
      return;
    }
    if (inner == 0) {
      rescale(beta, z.array());
      return;
    }
    // ND4J writes products into column-major arrays: c' = op(b)' op(a)' on the same memory.
    Nd4j.gemm(y.transposed(), x.transposed(), z.transposed(), transposeB, transposeA, alpha, beta);
  }

  @Override
  public void add(double alpha, Matrix x, double beta, Matrix y) {
    Nd4jMatrix operand = own(x);
    Nd4jMatrix target = own(y);
    Shapes.requireBroadcast(x, y, "x of add");
    if (y.size() == 0) {
      return;
    }
    INDArray scaled = operand.array();
    if (alpha != 1 || operand.coincides(target)) {
      scaled = Nd4jFunctions.scale(scaled, alpha, memory.scratch(SLOT_A, x.rows(), x.cols()));
    }
    rescale(beta, target.array());
    target.array().addi(scaled);
  }

  @Override
  public void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c) {
    Nd4jMatrix left = own(a);
    Nd4jMatrix right = own(b);
    Nd4jMatrix target = own(c);
    Shapes.require(a, c.rows(), c.cols(), "a of multiply");
    Shapes.requireBroadcast(b, c, "b of multiply");
    if (c.size() == 0) {
      return;
    }
    INDArray out = beta == 0 ? target.array() : memory.scratch(SLOT_A, c.rows(), c.cols());
    left.array().muli(right.array(), out);
    if (alpha != 1) {
      Nd4jFunctions.scale(out, alpha, out);
    }
    if (beta != 0) {
      rescale(beta, target.array());
      target.array().addi(out);
    }
  }

  /** c = beta c, whatever c held where beta is zero. */
  private static void rescale(double beta, INDArray c) {
    if (beta == 0) {
      c.assign(0);
    } else if (beta != 1) {
      Nd4jFunctions.scale(c, beta, c);
    }
  }

  @Override
  public void rowDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    Shapes.require(y, a.rows(), 1, "y of rowDots");
    dots(alpha, a, b, beta, y, 1);
  }

  @Override
  public void columnDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    Shapes.require(y, 1, a.cols(), "y of columnDots");
    dots(alpha, a, b, beta, y, 0);
  }

  private void dots(
      double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y, int dimension) {
    Nd4jMatrix left = own(a);
    Nd4jMatrix right = b == null ? null : own(b);
    Nd4jMatrix target = own(y);
    Shapes.requireOptional(b, a.rows(), a.cols(), "b");
    if (y.size() == 0) {
      return;
    }
    if (a.size() == 0) {
      rescale(beta, target.array());
      return;
    }
    INDArray terms = left.array();
    if (right != null) {
      terms = terms.muli(right.array(), memory.scratch(SLOT_A, a.rows(), a.cols()));
    }
    INDArray sums = memory.scratch(SLOT_B, y.rows(), y.cols());
    Nd4j.exec(new Sum(terms, sums, true, dimension));
    if (alpha != 1) {
      Nd4jFunctions.scale(sums, alpha, sums);
    }
    rescale(beta, target.array());
    target.array().addi(sums);
  }

  @Override
  public void copyColumns(
      Matrix source,
      int sourceColumn,
      Matrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    Nd4jMatrix s = own(source);
    Nd4jMatrix t = own(target);
    Shapes.requireRange(sourceColumn, count, source.cols(), "source of copyColumns");
    Shapes.requireRange(targetColumn, count, target.cols(), "target of copyColumns");
    Shapes.require(target, source.rows(), target.cols(), "target of copyColumns");
    if (source.rows() == 0 || count == 0) {
      return;
    }
    move(s, sourceColumn, t, targetColumn, count, accumulate);
  }

  @Override
  public void gatherColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    Nd4jMatrix s = own(source);
    Nd4jMatrix t = own(target);
    Shapes.require(source, target.rows(), index.sourceCols(), "source of gatherColumns");
    Shapes.require(target, source.rows(), index.targetCols(), "target of gatherColumns");
    if (!accumulate) {
      fill(0, target);
    }
    if (source.rows() > 0) {
      index.forEachRun((from, to, count) -> move(s, from, t, to, count, accumulate));
    }
  }

  @Override
  public void scatterColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    Nd4jMatrix s = own(source);
    Nd4jMatrix t = own(target);
    Shapes.require(source, target.rows(), index.targetCols(), "source of scatterColumns");
    Shapes.require(target, source.rows(), index.sourceCols(), "target of scatterColumns");
    if (!accumulate) {
      fill(0, target);
    }
    if (source.rows() > 0) {
      index.forEachRun((from, to, count) -> move(s, to, t, from, count, true));
    }
  }

  private static void move(
      Nd4jMatrix source, int from, Nd4jMatrix target, int to, int count, boolean accumulate) {
    INDArray values = source.columns(from, count);
    if (accumulate) {
      target.columns(to, count).addi(values);
    } else {
      target.columns(to, count).assign(values);
    }
  }

  @Override
  public void softmax(Matrix x, Matrix y, Matrix logSumExp) {
    Nd4jMatrix from = own(x);
    Nd4jMatrix to = own(y);
    Nd4jMatrix sums = own(logSumExp);
    Shapes.require(y, x.rows(), x.cols(), "y of softmax");
    Shapes.require(logSumExp, x.rows(), 1, "logSumExp of softmax");
    if (x.rows() == 0) {
      return;
    }
    if (x.cols() == 0) {
      fill(Double.NEGATIVE_INFINITY, logSumExp);
      return;
    }
    INDArray largest = memory.scratch(SLOT_A, x.rows(), 1);
    Nd4j.exec(new Max(from.array(), largest, true, 1));
    from.array().subi(largest, to.array());
    Nd4j.exec(new Exp(to.array(), to.array()));
    Nd4j.exec(new Sum(to.array(), sums.array(), true, 1));
    to.array().divi(sums.array());
    Nd4j.exec(new Log(sums.array(), sums.array()));
    sums.array().addi(largest);
  }

  @Override
  public void apply(
      Elementwise f, Matrix x, Matrix y, @Nullable Matrix first, @Nullable Matrix second) {
    Nd4jMatrix from = own(x);
    Nd4jMatrix to = own(y);
    Nd4jMatrix d1 = first == null ? null : own(first);
    Nd4jMatrix d2 = second == null ? null : own(second);
    Shapes.require(y, x.rows(), x.cols(), "y of apply");
    Shapes.requireOptional(first, x.rows(), x.cols(), "first of apply");
    Shapes.requireOptional(second, x.rows(), x.cols(), "second of apply");
    if (x.size() == 0) {
      return;
    }
    INDArray slope = slope(d1, d2 != null, x.rows(), x.cols());
    evaluate(f, from, to, slope, d2 == null ? null : d2.array());
  }

  /** Returns where f' goes: what the caller gave, or scratch if something needs it, or null. */
  private @Nullable INDArray slope(@Nullable Nd4jMatrix first, boolean needed, int rows, int cols) {
    if (first != null) {
      return first.array();
    }
    return needed ? memory.scratch(SLOT_B, rows, cols) : null;
  }

  private void evaluate(
      Elementwise f,
      Nd4jMatrix x,
      Nd4jMatrix y,
      @Nullable INDArray slope,
      @Nullable INDArray curvature) {
    INDArray input = x.array();
    if (x.coincides(y)) {
      input = memory.scratch(SLOT_A, x.rows(), x.cols()).assign(input);
    }
    functions.apply(f, input, y.array(), slope, curvature);
  }

  @Override
  public void layerForward(
      Elementwise f,
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix shift,
      Matrix y,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    Nd4jMatrix products = own(p);
    Nd4jMatrix out = own(y);
    int tangents = Shapes.requireStack(p, n);
    requireOptionalOwnRows(gate, n, p.cols(), "gate");
    requireOptionalOwnRows(shift, n, p.cols(), "shift");
    Shapes.require(y, p.rows(), p.cols(), "y of layerForward");
    requireOptionalOwn(first, n, p.cols(), "first");
    requireOptionalOwn(second, n, p.cols(), "second");
    if (p.size() == 0) {
      return;
    }
    if (!products.coincides(out)) {
      copy(p, y);
    }
    if (gate != null) {
      multiplyByGate(out, n, gate);
    }
    Nd4jMatrix value = out.rows(0, n);
    if (shift != null) {
      add(1, shift, 1, value);
    }
    boolean needed = tangents > 0 || second != null;
    INDArray slope = slope(first == null ? null : own(first), needed, n, p.cols());
    evaluate(f, value, value, slope, second == null ? null : own(second).array());
    for (int k = 1; k <= tangents && slope != null; k++) {
      out.rows(k * n, (k + 1) * n).array().muli(slope);
    }
  }

  @Override
  public void layerBackward(
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix first,
      @Nullable Matrix second,
      Matrix yBar,
      Matrix pBar,
      @Nullable Matrix gateBar,
      @Nullable Matrix shiftBar) {
    Nd4jMatrix products = own(p);
    Nd4jMatrix given = own(yBar);
    Nd4jMatrix out = own(pBar);
    int tangents = Shapes.requireStack(p, n);
    requireOptionalOwnRows(gate, n, p.cols(), "gate");
    requireOptionalOwn(first, n, p.cols(), "first");
    requireOptionalOwn(second, n, p.cols(), "second");
    Shapes.require(yBar, p.rows(), p.cols(), "yBar of layerBackward");
    Shapes.require(pBar, p.rows(), p.cols(), "pBar of layerBackward");
    requireOptionalOwnRows(gateBar, n, p.cols(), "gateBar");
    requireOptionalOwnRows(shiftBar, n, p.cols(), "shiftBar");
    if (p.size() > 0) {
      INDArray curvature = second == null ? null : own(second).array();
      INDArray mixed = null;
      if (curvature != null && tangents > 0) {
        mixed = curvatureTerm(products, n, tangents, gate, curvature, given);
      }
      if (!given.coincides(out)) {
        copy(yBar, pBar);
      }
      for (int k = 0; k <= tangents && first != null; k++) {
        out.rows(k * n, (k + 1) * n).array().muli(own(first).array());
      }
      if (mixed != null) {
        out.rows(0, n).array().addi(mixed);
      }
    }
    // Here pBar holds uBar, which the gate still has to multiply.
    if (gateBar != null && gateBar.rows() == 1) {
      columnDots(1, p, pBar, 0, gateBar);
    } else if (gateBar != null) {
      for (int k = 0; k <= tangents; k++) {
        Nd4jMatrix bars = out.rows(k * n, (k + 1) * n);
        multiply(1, products.rows(k * n, (k + 1) * n), bars, k == 0 ? 0 : 1, gateBar);
      }
    }
    if (shiftBar != null && shiftBar.rows() == 1) {
      columnDots(1, out.rows(0, n), null, 0, shiftBar);
    } else if (shiftBar != null) {
      copy(out.rows(0, n), shiftBar);
    }
    if (gate != null) {
      multiplyByGate(out, n, gate);
    }
  }

  /** Multiplies a stack by a gate of all rows, or its value and each tangent by those of rows. */
  private void multiplyByGate(Nd4jMatrix stack, int n, Matrix gate) {
    int rows = gate.rows() == 1 ? stack.rows() : n;
    for (int from = 0; from < stack.rows(); from += rows) {
      Matrix block = stack.rows(from, from + rows);
      multiply(1, block, gate, 0, block);
    }
  }

  /** Returns f''(u) sum_k gate p_k yBar_k, in scratch. */
  private INDArray curvatureTerm(
      Nd4jMatrix p,
      int n,
      int tangents,
      @Nullable Matrix gate,
      INDArray curvature,
      Nd4jMatrix yBar) {
    INDArray sum = memory.scratch(SLOT_A, n, p.cols());
    INDArray term = memory.scratch(SLOT_B, n, p.cols());
    for (int k = 1; k <= tangents; k++) {
      INDArray tangent = p.rows(k * n, (k + 1) * n).array();
      INDArray cotangent = yBar.rows(k * n, (k + 1) * n).array();
      tangent.muli(cotangent, k == 1 ? sum : term);
      if (k > 1) {
        sum.addi(term);
      }
    }
    if (gate != null) {
      sum.muli(own(gate).array());
    }
    return sum.muli(curvature);
  }

  private void requireOptionalOwn(@Nullable Matrix m, int rows, int cols, String what) {
    if (m != null) {
      Shapes.require(own(m), rows, cols, what);
    }
  }

  private void requireOptionalOwnRows(@Nullable Matrix m, int n, int cols, String what) {
    if (m != null) {
      Shapes.requireOptionalRows(own(m), n, cols, what);
    }
  }

  private Nd4jMatrix own(Matrix m) {
    if (m instanceof Nd4jMatrix matrix && matrix.owner() == this) {
      return matrix;
    }
    throw new FjordException(
        ErrorKey.TYPE_MISMATCH, m + " does not belong to this " + dtype + " nd4j backend");
  }

  @Override
  public void close() {
    memory.close();
  }
}
