package org.fjordflow.core.testing;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.ModelTensors;
import org.jspecify.annotations.Nullable;

/** A bijection on a backend of its own, evaluated and differentiated for plain arrays. */
final class BijectionBench implements AutoCloseable {

  private static final double STEP = 1e-3;

  /** What a bijection made of some rows; row-major. */
  @SuppressWarnings("ArrayRecordComponent") // looked at, not compared
  record Image(double[] value, double[] logDet, double @Nullable [] variance) {}

  private final BijectionContract contract;
  private final long seed = GradientCheck.defaultSeed();
  private final Backend backend;
  private final Parameters parameters;
  private final Bijection bijection;
  private final RandomGenerator random = new SplittableRandom(seed);

  BijectionBench(BijectionContract contract, DType dtype) {
    this(contract, dtype, GradientCheck.defaultSeed());
  }

  private BijectionBench(BijectionContract contract, DType dtype, long creationSeed) {
    this.contract = contract;
    this.backend = new CpuBackend(dtype);
    this.parameters = new Parameters(backend);
    this.bijection = contract.factory().create(parameters, new SplittableRandom(creationSeed));
    double[] values = parameters.get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-0.2, 0.2);
    }
    parameters.set(values);
  }

  /** Another bijection of the same making, created from another seed, with the values of a file. */
  BijectionBench loadedFrom(Path file) {
    BijectionBench other = new BijectionBench(contract, backend.dtype(), seed + 1);
    ModelTensors.load(SafetensorsFile.read(file), other.parameters, file.toString());
    return other;
  }

  void save(Path file) {
    ModelTensors.of(parameters, Map.of()).write(file);
  }

  Bijection bijection() {
    return bijection;
  }

  Flow flow() {
    int dim = bijection.dim();
    return new Flow(
        new BaseConfig.Normal().create(parameters, dim, contract.circular(), random),
        bijection,
        backend);
  }

  Parameters parameters() {
    return parameters;
  }

  /** Draws rows of data. */
  double[] data(int n) {
    return random.doubles((long) n * bijection.dim(), contract.from(), contract.to()).toArray();
  }

  /** Draws rows of context; none for an unconditional bijection. */
  double[] context(int n) {
    return random.doubles((long) n * bijection.contextSize(), -1, 1).toArray();
  }

  /** Draws rows of data, or the images of such rows, which the inverse has to take. */
  double[] points(int n, double[] context, boolean forward) {
    double[] x = data(n);
    return forward ? x : image(true, x, context).value();
  }

  double[] row(double[] rows, int i) {
    return Arrays.copyOfRange(rows, i * bijection.dim(), (i + 1) * bijection.dim());
  }

  double[] contextRow(double[] context, int i) {
    int size = bijection.contextSize();
    return Arrays.copyOfRange(context, i * size, (i + 1) * size);
  }

  /** Evaluates without a tape that records. */
  Image image(boolean forward, double[] x, double[] context) {
    Tape tape = Tape.evaluating(backend);
    return image(Pass.evaluation(tape, noise()), forward, x, context);
  }

  /** The same as a step of training sees it. */
  Image imageInTraining(boolean forward, double[] x, double[] context) {
    return image(Pass.training(Tape.recording(backend), noise()), forward, x, context);
  }

  private Image image(Pass pass, boolean forward, double[] x, double[] context) {
    Tape tape = pass.tape();
    Transformed y = apply(pass, forward, rows(tape, x), context(tape, context));
    Estimate logDet = logDet(y);
    return new Image(
        download(y.value().value()), download(logDet.value().value()), logDet.variance());
  }

  /** The value of a pass that asks for no log-determinant. */
  double[] valueAlone(boolean forward, double[] x, double[] context) {
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, noise()).withoutLogDet();
    return download(apply(pass, forward, rows(tape, x), context(tape, context)).value().value());
  }

  /** Evaluates for zeros of any shape; no context where its columns are zero. */
  Transformed apply(boolean forward, int rows, int cols, int contextRows, int contextCols) {
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(new double[rows * cols], rows, cols);
    double[] zeros = new double[contextRows * contextCols];
    Var context = contextCols == 0 ? null : tape.constant(zeros, contextRows, contextCols);
    Pass pass = Pass.evaluation(tape, noise());
    return forward ? bijection.forward(pass, x, context) : bijection.inverse(pass, x, context);
  }

  /** The Jacobian of each row, one reverse sweep for each of its rows. */
  double[][][] jacobiansByTape(boolean forward, double[] x, double[] context) {
    int dim = bijection.dim();
    double[][][] result = new double[x.length / dim][dim][];
    for (int j = 0; j < dim; j++) {
      Tape tape = Tape.recording(backend);
      Var in = tape.input(matrix(x, bijection.dim()));
      Pass pass = Pass.evaluation(tape, noise());
      Var y = apply(pass, forward, in, context(tape, context)).value();
      tape.backward(tape.columnSum(tape.columns(y, j, j + 1)));
      double[] gradient = download(in.gradient());
      for (int i = 0; i < result.length; i++) {
        result[i][j] = row(gradient, i);
      }
    }
    return result;
  }

  /** The Jacobian of each row by central differences of fourth order. */
  double[][][] jacobians(boolean forward, double[] x, double[] context) {
    int dim = bijection.dim();
    double[][][] result = new double[x.length / dim][dim][dim];
    for (int k = 0; k < dim; k++) {
      double[] far = change(forward, x, context, k, 2 * STEP);
      double[] near = change(forward, x, context, k, STEP);
      for (int e = 0; e < x.length; e++) {
        result[e / dim][e % dim][k] = (8 * near[e] - far[e]) / (12 * STEP);
      }
    }
    return result;
  }

  private double[] change(boolean forward, double[] x, double[] context, int column, double h) {
    double[] ahead = image(forward, moved(x, column, h), context).value();
    double[] behind = image(forward, moved(x, column, -h), context).value();
    for (int i = 0; i < ahead.length; i++) {
      ahead[i] -= behind[i];
    }
    return ahead;
  }

  private double[] moved(double[] x, int column, double h) {
    double[] result = x.clone();
    for (int i = column; i < x.length; i += bijection.dim()) {
      result[i] += h;
    }
    return result;
  }

  /** Checks gradients of value and log-determinant for input, context and parameters. */
  void assertGradients(double rtol, boolean forward, double[] context) {
    int n = bijection.contextSize() == 0 ? 4 : context.length / bijection.contextSize();
    String name = contract.name() + (forward ? ", forward" : ", inverse");
    GradientCheck check = new GradientCheck(backend, seed, name);
    check.input(matrix(points(n, context, forward), bijection.dim()));
    if (bijection.contextSize() > 0) {
      check.input(matrix(context, bijection.contextSize()));
    }
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(
        rtol, (tape, in) -> both(tape, forward, in.get(0), in.size() > 1 ? in.get(1) : null));
  }

  /** Gradients of a random functional of value and log-determinant, by name. */
  Map<String, double[]> gradients(boolean forward, int n) {
    double[] context = context(n);
    return gradients(forward, points(n, context, forward), context);
  }

  /** The same for given rows. */
  Map<String, double[]> gradients(boolean forward, double[] rows, double[] context) {
    Tape tape = Tape.recording(backend);
    Var x = tape.input(matrix(rows, bijection.dim()));
    boolean conditional = bijection.contextSize() > 0;
    Var c = conditional ? tape.input(matrix(context, bijection.contextSize())) : null;
    parameters.zeroGradient();
    Var all = both(tape, forward, x, c);
    tape.backward(GradientCheck.functional(seed, tape, all));
    Map<String, double[]> result = new LinkedHashMap<>();
    result.put("input", download(x.gradient()));
    if (c != null) {
      result.put("context", download(c.gradient()));
    }
    parameters
        .entries()
        .forEach(e -> result.put(e.parameter().name(), download(e.parameter().gradient())));
    return result;
  }

  private Var both(Tape tape, boolean forward, Var x, @Nullable Var context) {
    Transformed y = apply(Pass.evaluation(tape, noise()), forward, x, context);
    return tape.concat(y.value(), logDet(y).value());
  }

  private Transformed apply(Pass pass, boolean forward, Var x, @Nullable Var context) {
    return forward ? bijection.forward(pass, x, context) : bijection.inverse(pass, x, context);
  }

  private Var rows(Tape tape, double[] x) {
    return tape.constant(matrix(x, bijection.dim()));
  }

  private @Nullable Var context(Tape tape, double[] values) {
    int size = bijection.contextSize();
    return size == 0 ? null : tape.constant(matrix(values, size));
  }

  private static Estimate logDet(Transformed y) {
    return Objects.requireNonNull(y.logDet(), "the pass asked for a log-determinant");
  }

  private RandomGenerator noise() {
    return new SplittableRandom(~seed);
  }

  private Matrix matrix(double[] rows, int cols) {
    Matrix m = backend.allocate(rows.length / cols, cols);
    backend.upload(rows, 0, m);
    return m;
  }

  private double[] download(Matrix m) {
    return Elements.of(backend, m);
  }

  @Override
  public void close() {
    backend.close();
  }
}
