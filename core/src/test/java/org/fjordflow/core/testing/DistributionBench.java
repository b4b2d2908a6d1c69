package org.fjordflow.core.testing;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.ModelTensors;

/** A distribution on a backend of its own, evaluated and differentiated for plain arrays. */
final class DistributionBench implements AutoCloseable {

  /** How many bounded functions there are. */
  static final int FUNCTIONS = 3;

  private static final double STEP = 1e-3;

  /** A function of a row and of its log-density. */
  @FunctionalInterface
  interface RowFunction {
    double of(double[] row, double logProb);
  }

  private final DistributionContract contract;
  private final long seed = GradientCheck.defaultSeed();
  private final Backend backend;
  private final Parameters parameters;
  private final Distribution distribution;
  private final RandomGenerator random = new SplittableRandom(seed);

  DistributionBench(DistributionContract contract, DType dtype) {
    this(contract, dtype, GradientCheck.defaultSeed());
  }

  private DistributionBench(DistributionContract contract, DType dtype, long creationSeed) {
    this.contract = contract;
    this.backend = new CpuBackend(dtype);
    this.parameters = new Parameters(backend);
    this.distribution = contract.factory().create(parameters, new SplittableRandom(creationSeed));
    double[] values = parameters.get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-0.3, 0.3);
    }
    parameters.set(values);
  }

  long seed() {
    return seed;
  }

  Backend backend() {
    return backend;
  }

  Parameters parameters() {
    return parameters;
  }

  Distribution distribution() {
    return distribution;
  }

  RandomGenerator random() {
    return random;
  }

  double[] logProb(double[][] rows) {
    Tape tape = Tape.evaluating(backend);
    double[] flat = RowArrays.flatten(rows, distribution.dim(), "rows");
    Var x = tape.constant(flat, rows.length, distribution.dim());
    return Elements.of(backend, distribution.logProb(tape, x).value());
  }

  /** Gradients of the log-density of a row, by the row and then by all parameters. */
  double[] gradients(double[] row) {
    Tape tape = Tape.recording(backend);
    Matrix value = tape.take(1, row.length);
    backend.upload(row, 0, value);
    Var x = tape.input(value);
    parameters.zeroGradient();
    tape.backward(distribution.logProb(tape, x));
    return Stream.of(Elements.of(backend, x.gradient()), parameters.gradient())
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  double[][] samplesOnTape(int n, RandomGenerator from) {
    return RowArrays.of(backend, distribution.sample(Tape.evaluating(backend), n, from).value());
  }

  /** One of some bounded functions. */
  static double bounded(int function, double[] row) {
    double result = function == 1 ? 1 : 0;
    for (int j = 0; j < row.length; j++) {
      double t = Math.tanh(row[j]);
      result =
          switch (function) {
            case 0 -> result + (j + 1) * t;
            case 1 -> result * (0.3 + t);
            default -> result + Math.cos(2 * row[j]);
          };
    }
    return result;
  }

  /** The same as operations: functions 0 and 2. */
  private static Var bounded(Tape tape, Var x) {
    Var cosines = tape.apply(Elementwise.COS, tape.affine(2, x, 0));
    Var weights =
        tape.constant(x.cols() == 1 ? new double[] {1} : new double[] {1, 2}, 1, x.cols());
    Var tanhs = tape.multiply(tape.apply(Elementwise.TANH, x), weights);
    return tape.rowSum(tape.add(cosines, tanhs));
  }

  /** The gradient by all parameters of the mean of functions 0 and 2 over samples. */
  double[] gradientOfSamples(int n) {
    Tape tape = Tape.recording(backend);
    parameters.zeroGradient();
    Var mean = tape.mean(bounded(tape, distribution.sample(tape, n, random)));
    if (mean.isDifferentiable()) {
      tape.backward(mean);
    }
    return parameters.gradient();
  }

  /** The derivative of the expectation of functions 0 and 2 by a parameter, by differences. */
  double expectationByParameter(int element) {
    double[] values = parameters.get();
    double[] moved = values.clone();
    double difference = 0;
    for (double sign : new double[] {1, -1}) {
      moved[element] = values[element] + sign * STEP;
      parameters.set(moved);
      difference +=
          sign * expectation((row, logProb) -> bounded(0, row) + bounded(2, row)) / (2 * STEP);
    }
    parameters.set(values);
    return difference;
  }

  /**
   * An integral over the density: by the trapezium rule in arsinh x, which is as good for heavy
   * tails, and by the middle rule on a box.
   */
  double expectation(RowFunction f) {
    int dim = distribution.dim();
    double[] at = new double[dim == 1 ? 30_001 : 451];
    double[] weights = grid(at);
    int n = at.length;
    double[][] rows = new double[dim == 1 ? n : n * n][dim];
    for (int i = 0; i < rows.length; i++) {
      rows[i][0] = at[i % n];
      rows[i][dim - 1] = at[dim == 1 ? i : i / n];
    }
    double[] logProb = logProb(rows);
    double sum = 0;
    for (int i = 0; i < rows.length; i++) {
      if (logProb[i] > -700) {
        double weight = dim == 1 ? weights[i] : weights[i % n] * weights[i / n];
        sum += Math.exp(logProb[i]) * weight * f.of(rows[i], logProb[i]);
      }
    }
    return sum;
  }

  /** Sets nodes and returns their weights. */
  private double[] grid(double[] at) {
    int n = at.length;
    double[] weights = new double[n];
    double side = contract.greatest() - contract.least();
    if (side < Double.POSITIVE_INFINITY) {
      Arrays.setAll(at, i -> contract.least() + (i + 0.5) / n * side);
      Arrays.fill(weights, side / n);
      return weights;
    }
    double reach = distribution.dim() == 1 ? 30 : 18;
    for (int i = 0; i < n; i++) {
      double s = reach * (2.0 * i / (n - 1) - 1);
      at[i] = Math.sinh(s);
      weights[i] = 2 * reach / (n - 1) * Math.cosh(s);
    }
    return weights;
  }

  /** The largest distance of the samples' distribution function from the density's. */
  double kolmogorov(double[][] rows) {
    double[] sorted = Arrays.stream(rows).mapToDouble(row -> row[0]).sorted().toArray();
    double[] at = new double[30_001];
    double[] weights = grid(at);
    double[] logProb =
        logProb(Arrays.stream(at).mapToObj(s -> new double[] {s}).toArray(double[][]::new));
    double below = 0;
    double distance = 0;
    int seen = 0;
    for (int i = 0; i < at.length; i++) {
      double half = 0.5 * weights[i] * Math.exp(logProb[i]);
      below += half;
      while (seen < sorted.length && sorted[seen] <= at[i]) {
        seen++;
      }
      distance = Math.max(distance, Math.abs(below - (double) seen / sorted.length));
      below += half;
    }
    return distance;
  }

  /**
   * Another one of the same making, created from another seed, with this one's values by a file.
   */
  DistributionBench savedAndLoaded(Path file) {
    ModelTensors.of(parameters, Map.of()).write(file);
    DistributionBench other = new DistributionBench(contract, backend.dtype(), seed + 1);
    ModelTensors.load(SafetensorsFile.read(file), other.parameters, file.toString());
    return other;
  }

  @Override
  public void close() {
    backend.close();
  }
}
