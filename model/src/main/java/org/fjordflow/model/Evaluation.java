package org.fjordflow.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.WantedError;
import org.fjordflow.cnf.WantedError.ProbedLogDensity;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.internal.parts.UnknownBase;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.model.Units.Prepared;
import org.jspecify.annotations.Nullable;

/** A flow of standardised rows with the units around it. Whoever calls holds the lock. */
final class Evaluation {

  private final FlowSpec spec;
  private final Weights weights;
  private final Units units;

  /** Takes embedded contexts where contexts are embedded. */
  private final Bijection bijection;

  private final Flow flow;

  /** Rows a chunk that were asked for, or 0 for as many as suit the model. */
  private final int chosenRows;

  private Evaluation(
      FlowSpec spec, Weights weights, Units units, Bijection bijection, int chosenRows) {
    this.spec = spec;
    this.weights = weights;
    this.units = units;
    this.bijection = bijection;
    this.chosenRows = chosenRows;
    this.flow =
        weights
            .flow()
            .withBijection(weights.embedded(bijection))
            .withChunkRows(chosenRows == 0 ? Chunks.rows(spec, weights) : chosenRows);
  }

  FlowSpec spec() {
    return spec;
  }

  static Evaluation of(FlowSpec spec, Weights weights) {
    return new Evaluation(spec, weights, Units.of(spec, weights), weights.bijection(), 0);
  }

  // The same flow otherwise

  Evaluation withSolve(FlowSpec other, UnaryOperator<SolveSettings> change) {
    Bijection changed = ContinuousFlow.solved(bijection, change);
    return new Evaluation(other, weights, units, changed, chosenRows);
  }

  Evaluation withSolves(List<SolveSettings> solves) {
    Bijection changed = ContinuousFlow.solved(bijection, solves);
    List<BijectionConfig> parts = new ArrayList<>();
    int block = 0;
    for (BijectionConfig part : spec.flow()) {
      if (part instanceof SolveSettings.Solved continuous) {
        parts.add(continuous.withSolve(solves.get(block)));
        block += continuous.blocks();
      } else {
        parts.add(part);
      }
    }
    return new Evaluation(spec.withFlow(parts), weights, units, changed, chosenRows);
  }

  /** The same whose images are scored by other noise. */
  Evaluation withNoise(int draws, long seed) {
    if (draws < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, draws + " draws of noise; expected at least one");
    }
    return new Evaluation(
        spec, weights, new Units(spec, draws, seed, weights.noise()), bijection, chosenRows);
  }

  Evaluation withChunkRows(int rows) {
    if (rows < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "chunks of " + rows + " rows; expected at least one");
    }
    return new Evaluation(spec, weights, units, bijection, rows);
  }

  /** Returns the number of columns of a context as it is given. */
  int contextSize() {
    return units.contextSize();
  }

  int chunkRows() {
    return flow.chunkRows();
  }

  /** Returns the flow with its standardisation as the first bijection. */
  Flow inUnits() {
    Bijection bijection = InUnits.of(spec.moments(), spec.contextMoments(), flow.bijection());
    return bijection == flow.bijection() ? flow : flow.withBijection(bijection);
  }

  // Scoring

  LogDensity score(double[][] rows, Context context, RandomGenerator random) {
    return score(rows, context, random, 0);
  }

  /**
   * Scores rows.
   *
   * @param first how many rows came before, for messages
   */
  LogDensity score(double[][] rows, Context context, RandomGenerator random, long first) {
    context.require(rows.length, units.contextSize());
    units.requireRows(rows, first);
    Failures failures = new Failures();
    LogDensity scores = scoreSound(rows, context, random, failures);
    requireSolved(failures, rows.length, first);
    return scores;
  }

  /**
   * Scores the rows that can be scored, each as if alone; the others are NaN.
   *
   * @param failures takes the others; those in it already are left out. Modified.
   */
  LogDensity score(double[][] rows, Context context, RandomGenerator random, Failures failures) {
    context.require(rows.length, units.contextSize());
    StandIns sound = StandIns.of(units.sound(rows, context, false, failures), rows.length);
    if (sound.isEmpty()) {
      return none(rows.length, Double.NaN);
    }
    Failures some = new Failures();
    LogDensity scores = scoreSound(sound.rows(rows), sound.context(context), random, some);
    sound.tell(some, failures);
    return sound.without(scores, Double.NaN);
  }

  /** Checks that a flow can take contexts; throws naming the first row that it cannot. */
  void requireContexts(double[][] contexts) {
    for (int i = 0; i < contexts.length && units.contextSize() > 0; i++) {
      FjordException wrong = units.wrongContext(contexts[i]);
      if (wrong != null) {
        throw Units.inRow(i + 1L, wrong);
      }
    }
  }

  /**
   * Finds the contexts that a flow can take.
   *
   * @param contexts rows of contexts as they are given. Not modified.
   * @param failures takes the others; those in it already are left out. Modified.
   */
  int[] soundContexts(double[][] contexts, Failures failures) {
    for (int i = 0; i < contexts.length && units.contextSize() > 0; i++) {
      FjordException wrong = units.wrongContext(contexts[i]);
      if (wrong != null) {
        failures.add(Units.refused(i, wrong));
      }
    }
    return IntStream.range(0, contexts.length).filter(i -> !failures.contains(i)).toArray();
  }

  private LogDensity scoreSound(
      double[][] rows, Context context, RandomGenerator random, Failures failures) {
    requireDensity();
    return units.points() > 1 || units.averages()
        ? new MixedScores(units, this::scored, flow.chunkRows())
            .score(rows, context, random, failures)
        : scored(units.prepare(rows, 0), units.toModel(context), random, failures);
  }

  /**
   * Scores rows of a flow. Those that grow beyond all bounds on their way have density zero; others
   * that cannot be solved are NaN, and told.
   */
  private LogDensity scored(
      Prepared rows, Context given, RandomGenerator random, Failures failures) {
    double[][] z = rows.rows();
    StandIns near = StandIns.of(units.computable(rows), z.length);
    if (near.isEmpty()) {
      return none(z.length, Double.NEGATIVE_INFINITY);
    }
    Failures some = new Failures();
    LogDensity scores = flow.score(near.rows(z), near.context(given), random, some);
    LogDensity found = inData(near.without(scores, Double.NEGATIVE_INFINITY), rows.logDet());
    for (Failure failure : some.list()) {
      if (!failure.overflow() && near.isSound(failure.row())) {
        failures.add(failure);
        found.logProb()[failure.row()] = Double.NaN;
      }
    }
    return found;
  }

  private static LogDensity none(int n, double logProb) {
    double[] all = new double[n];
    Arrays.fill(all, logProb);
    return new LogDensity(all, new double[n], new Work());
  }

  private static void requireSolved(Failures failures, int rows, long first) {
    List<Failure> failed = failures.list();
    if (!failed.isEmpty()) {
      throw new FjordException(
          ErrorKey.SOLVE_FAILED,
          "row %d could not be solved, nor could others (%d of %d in all): %s"
              .formatted(
                  first + failed.get(0).row() + 1, failed.size(), rows, failed.get(0).reason()));
    }
  }

  /** The results of some rows among others that have none. */
  private static LogDensity spread(LogDensity some, int[] indices, int n, double others) {
    double[] logProb = new double[n];
    double[] errors = new double[n];
    Arrays.fill(logProb, others);
    for (int i = 0; i < indices.length; i++) {
      logProb[indices[i]] = some.logProb()[i];
      errors[indices[i]] = some.standardError()[i];
    }
    return new LogDensity(logProb, errors, some.work());
  }

  /** Results in the data's units; what overflowed on the way is a density of zero. */
  private static LogDensity inData(LogDensity scores, double[] logDet) {
    double[] logProb = scores.logProb().clone();
    double[] errors = scores.standardError().clone();
    for (int i = 0; i < logProb.length; i++) {
      boolean overflowed = Double.isNaN(logProb[i]) || logProb[i] == Double.POSITIVE_INFINITY;
      logProb[i] = overflowed ? Double.NEGATIVE_INFINITY : logProb[i] + logDet[i];
      errors[i] = logProb[i] == Double.NEGATIVE_INFINITY ? 0 : errors[i];
    }
    return new LogDensity(logProb, errors, scores.work());
  }

  private static double[][] select(double[][] rows, int[] indices) {
    return Arrays.stream(indices).mapToObj(i -> rows[i]).toArray(double[][]::new);
  }

  /** Nothing is solved for that cannot be scored in the end. */
  private void requireDensity() {
    if (spec.base() instanceof BaseConfig.Source) {
      throw UnknownBase.unknown();
    }
  }

  ProbedLogDensity search(
      WantedError wanted,
      Function<Divergence, Evaluation> evaluations,
      double[][] rows,
      Context context,
      RandomGenerator random,
      @Nullable Failures failures) {
    requireDensity();
    context.require(rows.length, units.contextSize());
    if (failures == null) {
      units.requireRows(rows, 0);
    } else {
      int[] sound = units.sound(rows, context, false, failures);
      if (sound.length < rows.length) {
        ProbedLogDensity some =
            search(wanted, evaluations, select(rows, sound), context.select(sound), random, null);
        return spread(some, sound, rows.length, Double.NaN);
      }
    }
    if (units.points() > 1 || units.averages()) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a wanted standard error is for densities; with whole numbers or categories give a number of probes");
    }
    Prepared prepared = units.prepare(rows, 0);
    double[][] z = prepared.rows();
    int[] near = units.computable(prepared);
    Context given = units.toModel(context);
    ProbedLogDensity found =
        wanted.score(
            divergence -> evaluations.apply(divergence).flow,
            select(z, near),
            given.select(near),
            random);
    ProbedLogDensity all = spread(found, near, z.length, Double.NEGATIVE_INFINITY);
    return new ProbedLogDensity(inData(all.logDensity(), prepared.logDet()), all.probes());
  }

  private static ProbedLogDensity spread(
      ProbedLogDensity some, int[] indices, int n, double others) {
    int[] probes = new int[n];
    for (int i = 0; i < indices.length; i++) {
      probes[indices[i]] = some.probes()[i];
    }
    return new ProbedLogDensity(spread(some.logDensity(), indices, n, others), probes);
  }

  /** The log-density as a sum over columns, see {@link ColumnParts}. */
  double[][] conditionals(double[][] rows, Context context) {
    ColumnParts.requireSums(spec);
    context.require(rows.length, units.contextSize());
    return ColumnParts.of(flow, units.toModel(rows), units.toModel(context), units.logSlopes(rows));
  }

  /** The log-density as a sum over scales, the mean over the points of a row. */
  ScaleParts.Sums scales(double[][] rows, Context context, RandomGenerator random) {
    ScaleParts.requireSums(spec);
    context.require(rows.length, units.contextSize());
    units.requireRows(rows, 0);
    List<ScaleParts.Sums> draws = new ArrayList<>();
    for (int k = 0; k < units.points(); k++) {
      Prepared prepared = units.prepare(rows, k);
      ScaleParts.Sums own = ScaleParts.of(flow, prepared.rows(), units.toModel(context), random);
      for (int i = 0; i < rows.length; i++) {
        own.logProb()[i][0] += prepared.logDet()[i];
      }
      draws.add(own);
    }
    return ScaleParts.Sums.mean(draws);
  }

  /** Scores a chunk, given how many rows came before it. */
  @FunctionalInterface
  interface ChunkScore {
    double[] of(double[][] chunk, long first);
  }

  DoubleStream stream(Stream<double[]> rows, ChunkScore score) {
    Iterator<double[]> given = rows.iterator();
    int size = flow.chunkRows();
    PrimitiveIterator.OfDouble scores =
        new PrimitiveIterator.OfDouble() {
          private double[] scored = new double[0];
          private int next;
          private long taken;

          @Override
          public boolean hasNext() {
            return next < scored.length || given.hasNext();
          }

          @Override
          public double nextDouble() {
            if (next == scored.length) {
              List<double[]> chunk = new ArrayList<>();
              while (chunk.size() < size && given.hasNext()) {
                chunk.add(given.next().clone());
              }
              scored = score.of(chunk.toArray(double[][]::new), taken);
              taken += chunk.size();
              next = 0;
            }
            return scored[next++];
          }
        };
    return StreamSupport.doubleStream(
            Spliterators.spliteratorUnknownSize(scores, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(rows::close);
  }

  Sample sampleAndLogProb(int n, Context context, RandomGenerator random) {
    Sample drawn = flow.sampleAndLogProb(n, units.toModel(context), random);
    double[][] rows = units.toData(drawn.rows());
    LogDensity density =
        units.points() > 1 || units.averages()
            ? score(rows, context, random)
            : inData(
                new LogDensity(drawn.logProb(), drawn.standardError(), new Work()),
                units.logDets(drawn.rows()));
    return new Sample(rows, density.logProb(), density.standardError());
  }

  // What else is done with the same flow

  Mapping mapping() {
    return new Mapping(spec, units, flow);
  }

  Learning learning() {
    return new Learning(spec, weights, units, flow);
  }
}
