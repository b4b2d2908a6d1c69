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
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.WantedError;
import org.fjordflow.cnf.WantedError.ProbedLogDensity;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.Validation;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.model.Units.Prepared;
import org.jspecify.annotations.Nullable;

/** A flow of standardised rows with the units around it. Whoever calls holds the lock. */
final class Evaluation {

  /** What values that data choose are chosen by. */
  private static final int INITIALIZATION_ROWS = 1_000;

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
    return new Evaluation(spec, weights, new Units(spec), weights.bijection(), 0);
  }

  // The same flow otherwise

  Evaluation withSolve(FlowSpec other, UnaryOperator<SolveSettings> change) {
    Bijection changed = mapped(bijection, part -> part.withSolve(change.apply(part.solve())));
    return new Evaluation(other, weights, units, changed, chosenRows);
  }

  Evaluation withSolves(List<SolveSettings> solves) {
    int[] blocks = {0};
    Bijection counted =
        mapped(
            bijection,
            part -> {
              blocks[0]++;
              return part;
            });
    if (solves.size() != blocks[0]) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "ways to solve " + solves.size() + " blocks; this model has " + blocks[0]);
    }
    Iterator<SolveSettings> next = solves.iterator();
    Bijection changed = mapped(counted, part -> part.withSolve(next.next()));
    List<BijectionConfig> parts = new ArrayList<>();
    int block = 0;
    for (BijectionConfig part : spec.flow()) {
      if (part instanceof ContinuousConfig continuous) {
        parts.add(continuous.withSolve(solves.get(block)));
        block += continuous.chain().blocks();
      } else {
        parts.add(part);
      }
    }
    return new Evaluation(spec.withFlow(parts), weights, units, changed, chosenRows);
  }

  private static Bijection mapped(Bijection bijection, UnaryOperator<ContinuousFlow> change) {
    if (bijection instanceof ContinuousFlow continuous) {
      return change.apply(continuous);
    }
    if (bijection instanceof Composition composition) {
      return new Composition(
          composition.parts().stream().map(part -> mapped(part, change)).toList());
    }
    return bijection;
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
    if (units.points() > 1) {
      return new MixedScores(units, this::scored, flow.chunkRows())
          .score(rows, context, random, first);
    }
    return scored(units.prepare(rows, first, 0), units.toModel(context), random, first);
  }

  private LogDensity scored(Prepared rows, Context given, RandomGenerator random, long first) {
    int[] near = units.computable(rows);
    double[][] z = rows.rows();
    boolean all = near.length == z.length;
    Failures failures = new Failures();
    LogDensity scores =
        flow.score(all ? z : select(z, near), all ? given : given.select(near), random, failures);
    requireOverflows(failures, near, first);
    return inData(all ? scores : spread(scores, near, z.length), rows.logDet());
  }

  /**
   * Rows that grew beyond all bounds on their way have density zero; others that could not be
   * solved are told.
   */
  private static void requireOverflows(Failures failures, int[] indices, long first) {
    for (Failure failure : failures.list()) {
      if (!failure.overflow()) {
        throw new FjordException(
            ErrorKey.SOLVE_FAILED,
            "row %d could not be solved, nor could others (%d of %d in all): %s"
                .formatted(
                    first + indices[failure.row()] + 1,
                    failures.list().stream().filter(other -> !other.overflow()).count(),
                    indices.length,
                    failure.reason()));
      }
    }
  }

  /** The results of some rows among those that have density zero. */
  private static LogDensity spread(LogDensity some, int[] indices, int n) {
    double[] logProb = new double[n];
    double[] errors = new double[n];
    Arrays.fill(logProb, Double.NEGATIVE_INFINITY);
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

  ProbedLogDensity search(
      WantedError wanted,
      Function<Divergence, Evaluation> evaluations,
      double[][] rows,
      Context context,
      RandomGenerator random) {
    context.require(rows.length, units.contextSize());
    if (units.points() > 1) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a wanted standard error is for densities; with whole numbers or categories give a number of probes");
    }
    Prepared prepared = units.prepare(rows, 0, 0);
    double[][] z = prepared.rows();
    int[] near = units.computable(prepared);
    Context given = units.toModel(context);
    ProbedLogDensity found =
        wanted.score(
            divergence -> evaluations.apply(divergence).flow,
            select(z, near),
            given.select(near),
            random);
    int[] probes = new int[z.length];
    for (int i = 0; i < near.length; i++) {
      probes[near[i]] = found.probes()[i];
    }
    return new ProbedLogDensity(
        inData(spread(found.logDensity(), near, z.length), prepared.logDet()), probes);
  }

  /** The log-density as a sum over columns, see {@link ColumnParts}. */
  double[][] conditionals(double[][] rows, Context context) {
    ColumnParts.requireSums(spec);
    context.require(rows.length, units.contextSize());
    return ColumnParts.of(flow, units.toModel(rows), units.toModel(context), units.logSlopes(rows));
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

  // Sampling

  double[][] sample(int n, Context context, RandomGenerator random) {
    return units.toData(flow.sample(n, units.toModel(context), random));
  }

  Sample sampleAndLogProb(int n, Context context, RandomGenerator random) {
    Sample drawn = flow.sampleAndLogProb(n, units.toModel(context), random);
    double[][] rows = units.toData(drawn.rows());
    LogDensity density =
        units.points() > 1
            ? score(rows, context, random)
            : inData(
                new LogDensity(drawn.logProb(), drawn.standardError(), new Work()),
                units.logDets(drawn.rows()));
    return new Sample(rows, density.logProb(), density.standardError());
  }

  double[][] toBase(double[][] rows, Context context) {
    return requireFinite(
        flow.toBase(units.toModel(rows), units.toModel(context), anyRandom()), "the base");
  }

  double[][] fromBase(double[][] points, Context context) {
    units.requireRows(points, 0);
    return requireFinite(
        units.toData(flow.fromBase(points, units.toModel(context), anyRandom())), "the data");
  }

  private static double[][] requireFinite(double[][] rows, String where) {
    for (int i = 0; i < rows.length; i++) {
      for (double value : rows[i]) {
        if (!Double.isFinite(value)) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d overflows on its way to %s; leave out rows so far out, or load the model in float64"
                  .formatted(i + 1, where));
        }
      }
    }
    return rows;
  }

  FlowPaths paths(double[][] rows, int intervals) {
    return FlowPaths.of(flow, spec.moments(), units.toModel(rows), intervals);
  }

  /** Maps without log-determinants draw nothing. */
  static RandomGenerator anyRandom() {
    return new RandomStreams(0).generator(Purpose.PROBES);
  }

  // Training

  void initialize(Batch batch, RandomGenerator random) {
    Batch own = units.toModel(batch.thinned(INITIALIZATION_ROWS));
    double[][] context = own.context();
    if (!weights.parameters().awaitingData().isEmpty()) {
      flow.initialize(own.rows(), context == null ? Context.none() : Context.of(context), random);
    }
  }

  Trainer trainer(
      TrainerConfig config,
      BatchSource batches,
      @Nullable Validation validation,
      List<? extends TrainingListener> listeners) {
    return new Trainer(
        config, weights.parameters(), objective(), units.toModel(batches), validation, listeners);
  }

  /** Losses are in the data's units, as scores are. */
  private Objective objective() {
    Objective likelihood = Objectives.negativeLogLikelihood(trained());
    if (spec.table() == null) {
      return likelihood;
    }
    return (pass, batch) -> {
      double change = Arrays.stream(units.logDets(batch.rows())).average().orElse(0);
      return pass.tape().affine(1, likelihood.loss(pass, batch), -change);
    };
  }

  /** The flow of standardised rows with the log-densities of the data's units. */
  private Flow trained() {
    if (spec.moments() == null || spec.table() != null) {
      return flow;
    }
    Bijection offset = new ConstantLogDet(spec.dim(), units.logDet());
    return flow.withBijection(new Composition(List.of(offset, flow.bijection())));
  }
}
