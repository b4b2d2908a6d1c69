package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/**
 * A density: a base distribution seen through a bijection. Continuous and discrete flows alike.
 *
 * <p>Methods on rows evaluate in chunks of {@link #chunkRows()}, which bounds their memory; those
 * on {@link Var} are for training and for gradients. An adaptive solver shares its steps among the
 * rows of a chunk, so results depend on the chunk size within the solver's tolerance.
 *
 * <p>Not safe for use by several threads, since its backend is not.
 */
public final class Flow {

  /** Rows evaluated at once unless said otherwise. */
  public static final int DEFAULT_CHUNK_ROWS = 4096;

  private final Distribution base;
  private final Bijection bijection;
  private final Backend backend;
  private final int chunkRows;
  private final Tape tape;

  /**
   * Creates a flow that evaluates in chunks of {@link #DEFAULT_CHUNK_ROWS}.
   *
   * @param base distribution of the transformed data
   * @param bijection from data to base
   * @param backend where the bijection's parameters live
   * @throws FjordException SHAPE_MISMATCH if base and bijection differ in dimension
   */
  public Flow(Distribution base, Bijection bijection, Backend backend) {
    this(base, bijection, backend, DEFAULT_CHUNK_ROWS);
  }

  private Flow(Distribution base, Bijection bijection, Backend backend, int chunkRows) {
    if (base.dim() != bijection.dim()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a base of dimension " + base.dim() + " for a bijection of " + bijection.dim());
    }
    if (chunkRows < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "chunks of " + chunkRows + " rows; expected at least one");
    }
    this.base = base;
    this.bijection = bijection;
    this.backend = backend;
    this.chunkRows = chunkRows;
    this.tape = Tape.evaluating(backend);
  }

  /** Returns the same flow with another chunk size. */
  public Flow withChunkRows(int rows) {
    return new Flow(base, bijection, backend, rows);
  }

  /** Returns the number of columns of data. */
  public int dim() {
    return bijection.dim();
  }

  /** Returns the number of columns of the context; zero for an unconditional flow. */
  public int contextSize() {
    return bijection.contextSize();
  }

  /** Returns how many rows are evaluated at once. */
  public int chunkRows() {
    return chunkRows;
  }

  /** Returns the base distribution. */
  public Distribution base() {
    return base;
  }

  /** Returns the bijection from data to base. */
  public Bijection bijection() {
    return bijection;
  }

  /** Returns the backend. */
  public Backend backend() {
    return backend;
  }

  /**
   * Log-density on a tape, with gradients for parameters, x and context.
   *
   * @param pass tape, randomness and purpose
   * @param x n x dim
   * @param context n x context size, or null where that is zero
   * @return n x 1, in nats
   */
  public Var logProb(Pass pass, Var x, @Nullable Var context) {
    Transformed z = bijection.forward(pass, x, context);
    return pass.tape().add(base.logProb(pass.tape(), z.value()), requireLogDet(z).value());
  }

  /**
   * Samples on a tape with their log-density, differentiable for the parameters of bijection and
   * base (reparametrised).
   *
   * @param pass tape, randomness and purpose
   * @param n rows
   * @param context n x context size, or null where that is zero
   * @return samples as the value, log-density in nats in place of the log-determinant
   */
  public Transformed sampleAndLogProb(Pass pass, int n, @Nullable Var context) {
    Tape t = pass.tape();
    Var z = base.sample(t, n, pass.random());
    Transformed x = bijection.inverse(pass, z, context);
    Estimate logDet = requireLogDet(x);
    Var logProb = t.subtract(base.logProb(t, z), logDet.value());
    return new Transformed(x.value(), new Estimate(logProb, logDet.variance()));
  }

  /**
   * Lets rows choose the initial values that data choose, before training (Kingma and Dhariwal
   * 2018, section 3.1): sends them to the base in one {@linkplain Pass#initializing initialising}
   * pass. A {@code Trainer} does so with its first batch where nobody has done it before.
   *
   * <p>Modifies those values, each time anew; a model that was loaded has them already.
   *
   * @param x some hundred rows of data. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @param random for parts that need randomness to be evaluated
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows or a context that do not fit
   */
  public void initialize(double[][] x, Context context, RandomGenerator random) {
    context.require(x.length, contextSize());
    Tape own = Tape.evaluating(backend);
    Var rows = own.constant(RowArrays.flatten(x, dim(), "data"), x.length, dim());
    Var conditions = context.on(own, 0, x.length, contextSize());
    Pass pass = Pass.initialization(own, random).withoutLogDet();
    Transformed image = bijection.forward(pass, rows, conditions);
    if (image.value().rows() != x.length) {
      throw new IllegalStateException("rows went missing");
    }
  }

  private static Estimate requireLogDet(Transformed transformed) {
    Estimate logDet = transformed.logDet();
    if (logDet == null) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a log-density needs a pass with log-determinants; use Pass.training or Pass.evaluation");
    }
    return logDet;
  }

  /**
   * Log-densities with their standard errors.
   *
   * @param x rows of data. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @param random source of probes; not used where the log-determinant is exact
   * @return one log-density a row
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not fit, SOLVE_FAILED if a
   *     continuous flow could not be solved
   */
  public LogDensity score(double[][] x, Context context, RandomGenerator random) {
    double[] logProb = new double[x.length];
    double[] errors = new double[x.length];
    Work work = new Work();
    context.require(x.length, contextSize());
    for (int from = 0; from < x.length; from += chunkRows) {
      int to = Math.min(x.length, from + chunkRows);
      tape.reset();
      Pass pass = new Pass(tape, random, false, true, work);
      Transformed z =
          bijection.forward(pass, rows(x, from, to), context.on(tape, from, to, contextSize()));
      Estimate logDet = requireLogDet(z);
      Var sum = tape.add(base.logProb(tape, z.value()), logDet.value());
      backend.download(sum.value(), logProb, from);
      writeErrors(logDet, errors, from);
    }
    return new LogDensity(logProb, errors, work);
  }

  /** Log-densities in nats; see {@link #score}. */
  public double[] logProb(double[][] x, Context context, RandomGenerator random) {
    return score(x, context, random).logProb();
  }

  /**
   * Draws samples.
   *
   * @param n number of rows
   * @param context conditions (one row for each sample, or a shared one), or {@link Context#none()}
   * @param random source of randomness
   * @return n rows of data
   */
  public double[][] sample(int n, Context context, RandomGenerator random) {
    return fromBase(base.sample(n, random), context, random);
  }

  /**
   * Draws samples with their log-densities and the standard errors of these.
   *
   * @param n number of rows
   * @param context conditions, or {@link Context#none()}
   * @param random source of randomness
   * @return the samples
   */
  public Sample sampleAndLogProb(int n, Context context, RandomGenerator random) {
    double[][] rows = RowArrays.allocate(n, 0);
    double[] logProb = new double[n];
    double[] errors = new double[n];
    context.require(n, contextSize());
    for (int from = 0; from < n; from += chunkRows) {
      int to = Math.min(n, from + chunkRows);
      tape.reset();
      Pass pass = Pass.evaluation(tape, random);
      Transformed x = sampleAndLogProb(pass, to - from, context.on(tape, from, to, contextSize()));
      System.arraycopy(RowArrays.of(backend, x.value().value()), 0, rows, from, to - from);
      Estimate density = requireLogDet(x);
      backend.download(density.value().value(), logProb, from);
      writeErrors(density, errors, from);
    }
    return new Sample(rows, logProb, errors);
  }

  private static void writeErrors(Estimate estimate, double[] errors, int from) {
    double[] variance = estimate.variance();
    for (int i = 0; variance != null && i < variance.length; i++) {
      errors[from + i] = Math.sqrt(variance[i]);
    }
  }

  /** Maps data to the base, without log-densities. */
  public double[][] toBase(double[][] x, Context context, RandomGenerator random) {
    return map(x, context, random, true);
  }

  /** Maps the base to data, without log-densities. */
  public double[][] fromBase(double[][] z, Context context, RandomGenerator random) {
    return map(z, context, random, false);
  }

  private double[][] map(
      double[][] rows, Context context, RandomGenerator random, boolean forward) {
    double[][] result = new double[rows.length][];
    context.require(rows.length, contextSize());
    for (int from = 0; from < rows.length; from += chunkRows) {
      int to = Math.min(rows.length, from + chunkRows);
      tape.reset();
      Pass pass = Pass.evaluation(tape, random).withoutLogDet();
      Var in = rows(rows, from, to);
      Var conditions = context.on(tape, from, to, contextSize());
      Transformed out =
          forward
              ? bijection.forward(pass, in, conditions)
              : bijection.inverse(pass, in, conditions);
      System.arraycopy(RowArrays.of(backend, out.value().value()), 0, result, from, to - from);
    }
    return result;
  }

  private Var rows(double[][] x, int from, int to) {
    return tape.constant(RowArrays.flatten(x, from, to, dim(), "data"), to - from, dim());
  }

  /**
   * Log-densities, and how well each is known.
   *
   * @param logProb in nats, one a row
   * @param standardError of each log-density as an estimate over random probes; zeros where it is
   *     exact
   * @param work what it cost
   */
  @SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
  public record LogDensity(double[] logProb, double[] standardError, Work work) {}

  /**
   * Samples with their log-densities.
   *
   * @param rows the samples
   * @param logProb in nats, one a row
   * @param standardError of each log-density as an estimate over random probes; zeros where it is
   *     exact
   */
  @SuppressWarnings("ArrayRecordComponent") // samples are handed over, not compared
  public record Sample(double[][] rows, double[] logProb, double[] standardError) {}
}
