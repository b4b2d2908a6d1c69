package org.fjordflow.nd4j;

import java.util.Arrays;
import org.fjordflow.core.backend.CheckedBackend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.same.Max;
import org.nd4j.linalg.api.ops.impl.reduce.same.Sum;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Exp;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Log;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Sigmoid;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A backend in ND4J ops alone, so that it runs wherever an ND4J backend does, CUDA included. Slower
 * than {@link CpuBackend} on a CPU: every op is a native call of its own over the whole array.
 * Tasks of {@link #parallel} run one after the other: ND4J's operations have threads of their own.
 * Several threads may use one, but their operations wait for each other.
 *
 * <p>No global setting of ND4J is changed. Where other work keeps the cores busy, its OpenMP
 * threads wait for each other: the environment variable {@code OMP_NUM_THREADS=1} then makes it
 * several times faster.
 */
public final class Nd4jBackend extends CheckedBackend<Nd4jMatrix> {
  private static final int SLOT_A = 0;
  private static final int SLOT_B = 1;

  private final DType dtype;
  private final Nd4jMemory memory;
  private final Nd4jFunctions functions;

  /**
   * Creates a backend.
   *
   * @param dtype element type of its matrices
   */
  public Nd4jBackend(DType dtype) {
    super(true); // operations share scratch memory
    this.dtype = dtype;
    memory = new Nd4jMemory(this, dtype);
    functions = new Nd4jFunctions(memory);
  }

  @Override
  public String name() {
    return Nd4jBackendProvider.ID;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  protected Nd4jMatrix doAllocate(int rows, int cols) {
    return memory.allocate(rows, cols);
  }

  @Override
  protected void doUpload(double[] source, int offset, Nd4jMatrix target) {
    if (target.size() == 0) {
      return;
    }
    double[] values = Arrays.copyOfRange(source, offset, offset + target.size());
    try (INDArray numbers = Nd4j.createFromArray(values)) {
      target.array().assign(numbers.reshape('c', target.rows(), target.cols()));
    }
  }

  @Override
  protected void doDownload(Nd4jMatrix source, double[] target, int offset) {
    if (source.size() == 0) {
      return;
    }
    try (INDArray copy = source.array().dup('c')) {
      System.arraycopy(copy.data().asDouble(), 0, target, offset, source.size());
    }
  }

  @Override
  protected void doCopy(Nd4jMatrix source, Nd4jMatrix target) {
    if (source.size() > 0) {
      target.view(0, source.rows(), source.cols()).array().assign(source.array());
    }
  }

  @Override
  protected void doTranspose(Nd4jMatrix source, Nd4jMatrix target) {
    if (source.size() > 0) {
      target.array().assign(source.transposed());
    }
  }

  @Override
  protected void doFill(double value, Nd4jMatrix target) {
    if (target.size() > 0) {
      target.array().assign(value);
    }
  }

  @Override
  protected void doGemm(
      boolean transposeA,
      boolean transposeB,
      int inner,
      double alpha,
      Nd4jMatrix a,
      Nd4jMatrix b,
      double beta,
      Nd4jMatrix c) {
    if (c.size() == 0) {
      return;
    }
    if (inner == 0) {
      rescale(beta, c.array());
      return;
    }
    // ND4J writes products into column-major arrays: c' = op(b)' op(a)' on the same memory.
    Nd4j.gemm(b.transposed(), a.transposed(), c.transposed(), transposeB, transposeA, alpha, beta);
  }

  @Override
  protected void doAdd(double alpha, Nd4jMatrix x, double beta, Nd4jMatrix y) {
    if (y.size() == 0) {
      return;
    }
    INDArray scaled = x.array();
    if (alpha != 1 || x.coincides(y)) {
      scaled = Nd4jFunctions.scale(scaled, alpha, memory.scratch(SLOT_A, x.rows(), x.cols()));
    }
    rescale(beta, y.array());
    y.array().addi(scaled);
  }

  @Override
  protected void doMultiply(double alpha, Nd4jMatrix a, Nd4jMatrix b, double beta, Nd4jMatrix c) {
    if (c.size() == 0) {
      return;
    }
    INDArray out = beta == 0 ? c.array() : memory.scratch(SLOT_A, c.rows(), c.cols());
    a.array().muli(b.array(), out);
    if (alpha != 1) {
      Nd4jFunctions.scale(out, alpha, out);
    }
    if (beta != 0) {
      rescale(beta, c.array());
      c.array().addi(out);
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
  protected void doRowDots(
      double alpha, Nd4jMatrix a, @Nullable Nd4jMatrix b, double beta, Nd4jMatrix y) {
    dots(alpha, a, b, beta, y, 1);
  }

  @Override
  protected void doColumnDots(
      double alpha, Nd4jMatrix a, @Nullable Nd4jMatrix b, double beta, Nd4jMatrix y) {
    dots(alpha, a, b, beta, y, 0);
  }

  private void dots(
      double alpha,
      Nd4jMatrix a,
      @Nullable Nd4jMatrix b,
      double beta,
      Nd4jMatrix y,
      int dimension) {
    if (y.size() == 0) {
      return;
    }
    if (a.size() == 0) {
      rescale(beta, y.array());
      return;
    }
    INDArray terms = a.array();
    if (b != null) {
      terms = terms.muli(b.array(), memory.scratch(SLOT_A, a.rows(), a.cols()));
    }
    INDArray sums = memory.scratch(SLOT_B, y.rows(), y.cols());
    Nd4j.exec(new Sum(terms, sums, true, dimension));
    if (alpha != 1) {
      Nd4jFunctions.scale(sums, alpha, sums);
    }
    rescale(beta, y.array());
    y.array().addi(sums);
  }

  @Override
  protected void doCopyColumns(
      Nd4jMatrix source,
      int sourceColumn,
      Nd4jMatrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    if (source.rows() == 0 || count == 0) {
      return;
    }
    move(source, sourceColumn, target, targetColumn, count, accumulate);
  }

  @Override
  protected void doGatherColumns(
      Nd4jMatrix source, ColumnIndex index, boolean accumulate, Nd4jMatrix target) {
    if (!accumulate) {
      fill(0, target);
    }
    if (source.rows() > 0) {
      index.forEachRun((from, to, count) -> move(source, from, target, to, count, accumulate));
    }
  }

  @Override
  protected void doScatterColumns(
      Nd4jMatrix source, ColumnIndex index, boolean accumulate, Nd4jMatrix target) {
    if (!accumulate) {
      fill(0, target);
    }
    if (source.rows() > 0) {
      index.forEachRun((from, to, count) -> move(source, to, target, from, count, true));
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
  protected void doSoftmax(Nd4jMatrix x, Nd4jMatrix y, Nd4jMatrix logSumExp) {
    if (x.rows() == 0) {
      return;
    }
    if (x.cols() == 0) {
      fill(Double.NEGATIVE_INFINITY, logSumExp);
      return;
    }
    INDArray largest = memory.scratch(SLOT_A, x.rows(), 1);
    Nd4j.exec(new Max(x.array(), largest, true, 1));
    x.array().subi(largest, y.array());
    Nd4j.exec(new Exp(y.array(), y.array()));
    Nd4j.exec(new Sum(y.array(), logSumExp.array(), true, 1));
    y.array().divi(logSumExp.array());
    Nd4j.exec(new Log(logSumExp.array(), logSumExp.array()));
    logSumExp.array().addi(largest);
  }

  @Override
  protected void doApply(
      Elementwise f,
      Nd4jMatrix x,
      Nd4jMatrix y,
      @Nullable Nd4jMatrix first,
      @Nullable Nd4jMatrix second) {
    if (x.size() == 0) {
      return;
    }
    INDArray slope = slope(first, second != null, x.rows(), x.cols());
    evaluate(f, x, y, slope, second == null ? null : second.array());
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
  protected void doLayerForward(
      Elementwise f,
      Nd4jMatrix p,
      int n,
      int tangents,
      @Nullable Nd4jMatrix gate,
      @Nullable Nd4jMatrix shift,
      Nd4jMatrix y,
      @Nullable Nd4jMatrix first,
      @Nullable Nd4jMatrix second) {
    if (p.size() == 0) {
      return;
    }
    if (!p.coincides(y)) {
      copy(p, y);
    }
    if (gate != null) {
      multiplyByGate(y, n, gate);
    }
    if (shift != null) {
      add(1, shift, 1, y.rows(0, n));
    }
    activate(f, y, n, tangents, first, second);
  }

  @Override
  protected void doTimedLayerForward(
      Elementwise f,
      Nd4jMatrix p,
      int tangents,
      Nd4jMatrix times,
      Nd4jMatrix gateWeight,
      Nd4jMatrix gateBias,
      Nd4jMatrix bias,
      @Nullable Nd4jMatrix drift,
      Nd4jMatrix y) {
    if (p.size() == 0) {
      return;
    }
    if (!p.coincides(y)) {
      copy(p, y);
    }
    int n = times.rows();
    try (INDArray gates = times.array().mmul(gateWeight.array())) {
      gates.addi(gateBias.array());
      Nd4j.exec(new Sigmoid(gates, gates));
      for (int from = 0; from < y.rows(); from += n) {
        y.rows(from, from + n).array().muli(gates);
      }
      gates.muli(bias.array());
      y.rows(0, n).array().addi(gates);
    }
    if (drift != null) {
      try (INDArray moved = times.array().mmul(drift.array())) {
        y.rows(0, n).array().addi(moved);
      }
    }
    activate(f, y, n, tangents, null, null);
  }

  /** Puts the activation on a stack of arguments. */
  private void activate(
      Elementwise f,
      Nd4jMatrix y,
      int n,
      int tangents,
      @Nullable Nd4jMatrix first,
      @Nullable Nd4jMatrix second) {
    Nd4jMatrix value = y.rows(0, n);
    boolean needed = tangents > 0 || second != null;
    INDArray slope = slope(first, needed, n, y.cols());
    evaluate(f, value, value, slope, second == null ? null : second.array());
    for (int k = 1; k <= tangents && slope != null; k++) {
      y.rows(k * n, (k + 1) * n).array().muli(slope);
    }
  }

  @Override
  protected void doLayerBackward(
      Nd4jMatrix p,
      int n,
      int tangents,
      @Nullable Nd4jMatrix gate,
      @Nullable Nd4jMatrix first,
      @Nullable Nd4jMatrix second,
      Nd4jMatrix yBar,
      Nd4jMatrix pBar,
      @Nullable Nd4jMatrix gateBar,
      @Nullable Nd4jMatrix shiftBar) {
    if (p.size() > 0) {
      INDArray curvature = second == null ? null : second.array();
      INDArray mixed = null;
      if (curvature != null && tangents > 0) {
        mixed = curvatureTerm(p, n, tangents, gate, curvature, yBar);
      }
      if (!yBar.coincides(pBar)) {
        copy(yBar, pBar);
      }
      for (int k = 0; k <= tangents && first != null; k++) {
        pBar.rows(k * n, (k + 1) * n).array().muli(first.array());
      }
      if (mixed != null) {
        pBar.rows(0, n).array().addi(mixed);
      }
    }
    // Here pBar holds uBar, which the gate still has to multiply.
    if (gateBar != null && gateBar.rows() == 1) {
      columnDots(1, p, pBar, 0, gateBar);
    } else if (gateBar != null) {
      for (int k = 0; k <= tangents; k++) {
        Nd4jMatrix bars = pBar.rows(k * n, (k + 1) * n);
        multiply(1, p.rows(k * n, (k + 1) * n), bars, k == 0 ? 0 : 1, gateBar);
      }
    }
    if (shiftBar != null && shiftBar.rows() == 1) {
      columnDots(1, pBar.rows(0, n), null, 0, shiftBar);
    } else if (shiftBar != null) {
      copy(pBar.rows(0, n), shiftBar);
    }
    if (gate != null) {
      multiplyByGate(pBar, n, gate);
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
      @Nullable Nd4jMatrix gate,
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
      sum.muli(gate.array());
    }
    return sum.muli(curvature);
  }

  @Override
  protected @Nullable Nd4jMatrix ownOrNull(Matrix m) {
    return m instanceof Nd4jMatrix matrix && matrix.owner() == this ? matrix : null;
  }

  @Override
  protected void release() {
    memory.close();
  }
}
