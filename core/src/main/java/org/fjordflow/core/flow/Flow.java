package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.LentTapes;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/**
 * A density: a base distribution seen through a bijection. Continuous and discrete flows alike.
 *
 * <p>Methods on rows evaluate in chunks of {@link #chunkRows()}, which bounds their memory; those
 * on {@link Var} are for training and for gradients. Where rows share the steps of an adaptive
 * solver, results depend on the chunk size within the solver's tolerance.
 *
 * <p>A row that cannot be computed, such as one so far out that a continuous flow overflows, fails
 * the whole call, unless the caller brings {@link Failures}: then it becomes NaN and is told there.
 *
 * <p>Methods on rows may be called by any number of threads at once, each with a random generator
 * of its own, and give the bits that they give alone; parameters must not change meanwhile. Each
 * call evaluates on a tape that is lent to it; more than some calls at once wait for each other,
 * chunk by chunk, so that memory is bounded. Methods on {@link Var} belong to the thread of their
 * tape. When the backend has been closed all of them throw CLOSED; a chunk that is being evaluated
 * is finished.
 */
public final class Flow {

  /** Rows evaluated at once unless said otherwise. */
  public static final int DEFAULT_CHUNK_ROWS = 4096;

  private final Distribution base;
  private final Bijection bijection;
  private final Backend backend;
  private final int chunkRows;
  private final LentTapes tapes;
  private final LentTapes recordingTapes;

  /**
   * Creates a flow that evaluates in chunks of {@link #DEFAULT_CHUNK_ROWS}.
   *
   * @param base distribution of the transformed data
   * @param bijection from data to base
   * @param backend where the bijection's parameters live
   * @throws FjordException SHAPE_MISMATCH if base and bijection differ in dimension
   */
  public Flow(Distribution base, Bijection bijection, Backend backend) {
    this(
        base,
        bijection,
        backend,
        DEFAULT_CHUNK_ROWS,
        new LentTapes(backend, false),
        new LentTapes(backend, true));
  }

  private Flow(
      Distribution base,
      Bijection bijection,
      Backend backend,
      int chunkRows,
      LentTapes tapes,
      LentTapes recordingTapes) {
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
    this.tapes = tapes;
    this.recordingTapes = recordingTapes;
  }

  /** Returns the same flow with another chunk size. */
  public Flow withChunkRows(int rows) {
    return new Flow(base, bijection, backend, rows, tapes, recordingTapes);
  }

  /**
   * Returns a flow from the same base through another bijection with parameters on the same
   * backend. The two share the memory that evaluations need.
   *
   * @throws FjordException SHAPE_MISMATCH if base and bijection differ in dimension
   */
  public Flow withBijection(Bijection other) {
    return new Flow(base, other, backend, chunkRows, tapes, recordingTapes);
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

  /** Returns tapes for gradients of evaluations. */
  LentTapes recordingTapes() {
    return recordingTapes;
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
    return scoreRows(x, context, random, null);
  }

  /**
   * The same, in which rows that cannot be computed have the log-density NaN.
   *
   * @param failures takes these rows. Modified.
   */
  public LogDensity score(
      double[][] x, Context context, RandomGenerator random, Failures failures) {
    return scoreRows(x, context, random, failures);
  }

  private LogDensity scoreRows(
      double[][] x, Context context, RandomGenerator random, @Nullable Failures failures) {
    double[] logProb = new double[x.length];
    double[] errors = new double[x.length];
    Work work = new Work();
    context.require(x.length, contextSize());
    forEachChunk(
        x.length,
        (tape, from, to) -> {
          Work own = new Work();
          Failures failed = failures == null ? null : new Failures();
          Pass pass = new Pass(tape, random, false, true, own).withFailures(failed);
          Var rows = rows(tape, x, from, to);
          Var given = context.on(tape, from, to, contextSize());
          Transformed z = bijection.forward(pass, rows, given);
          Estimate logDet = requireLogDet(z);
          Var sum = tape.add(base.logProb(tape, z.value()), logDet.value());
          backend.download(sum.value(), logProb, from);
          writeErrors(logDet, errors, from);
          synchronized (work) {
            work.add(own);
          }
          report(failed, failures, from);
        });
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
    return sampleRows(n, context, random, null);
  }

  /**
   * The same, in which rows that cannot be computed are NaN.
   *
   * @param failures takes these rows. Modified.
   */
  public Sample sampleAndLogProb(
      int n, Context context, RandomGenerator random, Failures failures) {
    return sampleRows(n, context, random, failures);
  }

  private Sample sampleRows(
      int n, Context context, RandomGenerator random, @Nullable Failures failures) {
    double[][] rows = RowArrays.allocate(n, 0);
    double[] logProb = new double[n];
    double[] errors = new double[n];
    context.require(n, contextSize());
    inTurn(
        n,
        (tape, from, to) -> {
          Failures failed = failures == null ? null : new Failures();
          Pass pass = Pass.evaluation(tape, random).withFailures(failed);
          Var given = context.on(tape, from, to, contextSize());
          Transformed x = sampleAndLogProb(pass, to - from, given);
          System.arraycopy(RowArrays.of(backend, x.value().value()), 0, rows, from, to - from);
          Estimate density = requireLogDet(x);
          backend.download(density.value().value(), logProb, from);
          writeErrors(density, errors, from);
          report(failed, failures, from);
        });
    return new Sample(rows, logProb, errors);
  }

  private static void report(@Nullable Failures part, @Nullable Failures all, int from) {
    if (part != null && all != null) {
      synchronized (all) {
        all.addAll(part, from);
      }
    }
  }

  private static void writeErrors(Estimate estimate, double[] errors, int from) {
    double[] variance = estimate.variance();
    for (int i = 0; variance != null && i < variance.length; i++) {
      errors[from + i] = Math.sqrt(variance[i]);
    }
  }

  /** Maps data to the base, without log-densities. */
  public double[][] toBase(double[][] x, Context context, RandomGenerator random) {
    return map(x, context, random, null, true);
  }

  /**
   * The same, in which rows that cannot be computed are NaN.
   *
   * @param failures takes these rows. Modified.
   */
  public double[][] toBase(
      double[][] x, Context context, RandomGenerator random, Failures failures) {
    return map(x, context, random, failures, true);
  }

  /** Maps the base to data, without log-densities. */
  public double[][] fromBase(double[][] z, Context context, RandomGenerator random) {
    return map(z, context, random, null, false);
  }

  /**
   * The same, in which rows that cannot be computed are NaN.
   *
   * @param failures takes these rows. Modified.
   */
  public double[][] fromBase(
      double[][] z, Context context, RandomGenerator random, Failures failures) {
    return map(z, context, random, failures, false);
  }

  private double[][] map(
      double[][] rows,
      Context context,
      RandomGenerator random,
      @Nullable Failures failures,
      boolean forward) {
    double[][] result = new double[rows.length][];
    context.require(rows.length, contextSize());
    forEachChunk(
        rows.length,
        (tape, from, to) -> {
          Failures failed = failures == null ? null : new Failures();
          Pass pass = Pass.evaluation(tape, random).withoutLogDet().withFailures(failed);
          Var in = rows(tape, rows, from, to);
          Var given = context.on(tape, from, to, contextSize());
          Transformed out =
              forward ? bijection.forward(pass, in, given) : bijection.inverse(pass, in, given);
          System.arraycopy(RowArrays.of(backend, out.value().value()), 0, result, from, to - from);
          report(failed, failures, from);
        });
    return result;
  }

  /** What is done with some rows, from (inclusive) to to (exclusive). */
  @FunctionalInterface
  private interface Chunk {
    void evaluate(Tape tape, int from, int to);
  }

  /** Chunks that need no randomness are dealt out to the backend's threads. */
  private void forEachChunk(int rows, Chunk chunk) {
    if (!bijection.isRowwise() || rows <= chunkRows) {
      inTurn(rows, chunk);
      return;
    }
    int chunks = (rows - 1) / chunkRows + 1;
    backend.parallel(chunks, i -> evaluate(rows, i, chunk));
  }

  private void inTurn(int rows, Chunk chunk) {
    // One without rows says, too, that the backend has been closed.
    for (int i = 0; i == 0 || (long) i * chunkRows < rows; i++) {
      evaluate(rows, i, chunk);
    }
  }

  private void evaluate(int rows, int index, Chunk chunk) {
    int from = index * chunkRows;
    int to = (int) Math.min(rows, (long) from + chunkRows);
    tapes.lend(
        tape -> {
          if (from < to) {
            chunk.evaluate(tape, from, to);
          }
          return to;
        });
  }

  private Var rows(Tape tape, double[][] x, int from, int to) {
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
