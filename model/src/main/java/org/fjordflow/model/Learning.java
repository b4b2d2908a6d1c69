package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BaseConfig;
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
import org.fjordflow.model.internal.noise.NoiseFlow;
import org.jspecify.annotations.Nullable;

/**
 * A flow as it is trained: batches are brought to its units, losses are in those of the data.
 * Whoever calls holds the lock.
 *
 * @param flow of standardised rows
 */
record Learning(FlowSpec spec, Weights weights, Units units, Flow flow) {

  /** What values that data choose are chosen by. */
  private static final int INITIALIZATION_ROWS = 1_000;

  void initialize(Batch batch, RandomGenerator random) {
    Batch own = units.typical(batch.thinned(INITIALIZATION_ROWS));
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
        config, weights.parameters(), objective(), prepared(batches), validation, listeners);
  }

  /** Batches as the objective takes them: of a flow with its noise they are whole numbers. */
  private BatchSource prepared(BatchSource batches) {
    return weights.noise() == null ? units.toModel(batches) : units.checked(batches);
  }

  /**
   * Trains by matching. Noise of images is drawn by the flow that they have for it, which is not
   * trained.
   *
   * @param source rows that the flow begins from, in the data's units; null for its base
   * @param validation rows, in the data's units, whose matching loss the best parameters are chosen
   *     by; null for none
   */
  Trainer matcher(
      FlowMatching.Options options,
      double @Nullable [][] source,
      TrainerConfig config,
      BatchSource batches,
      @Nullable Batch validation,
      List<? extends TrainingListener> listeners) {
    FlowMatching objective = FlowMatching.of(flow.bijection(), sampler(source), options);
    Validation judge =
        validation == null
            ? null
            : objective.validation(weights.backend(), units.toModel(validation));
    return new Trainer(
        config, weights.parameters(), objective, units.toModel(batches), judge, listeners);
  }

  private BatchSource.Sampler sampler(double @Nullable [][] source) {
    boolean unknown = spec.base() instanceof BaseConfig.Source;
    if (unknown != (source != null)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          unknown
              ? "this model's base is a source: it is matched with the rows of that source"
              : "a flow from rows of a source has the base 'source', since their density is unknown; this one's is another");
    }
    return source == null ? flow.base()::sample : new SourceRows(units.toModel(source))::sample;
  }

  /** Trains by matching pairs that the flow itself makes, see {@link FlowModel#reflow}. */
  Trainer reflower(
      FlowMatching.Options options,
      int pairs,
      TrainerConfig config,
      List<? extends TrainingListener> listeners) {
    if (flow.contextSize() > 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a flow with a context of %d columns cannot be matched with its own pairs; train it with pairing conditional-transport"
              .formatted(flow.contextSize()));
    }
    FlowMatching objective = FlowMatching.ofPairs(flow.bijection(), options);
    RandomStreams streams = new RandomStreams(config.seed());
    double[][] points = flow.base().sample(pairs, streams.generator(Purpose.SAMPLES));
    double[][] rows = flow.fromBase(points, Context.none(), Mapping.anyRandom());
    double[][] both = new double[pairs][];
    for (int i = 0; i < pairs; i++) {
      both[i] = Arrays.copyOf(rows[i], 2 * spec.dim());
      System.arraycopy(points[i], 0, both[i], spec.dim(), spec.dim());
    }
    return new Trainer(
        config, weights.parameters(), objective, BatchSource.shuffled(Batch.of(both)), listeners);
  }

  /** Checks that rows have a density; throws naming row and column. */
  void requireKnown(Batch rows) {
    int unused = units.toModel(rows).size();
  }

  /**
   * Brings some rows of a step to the flow.
   *
   * @param draws what tells these rows of this step from others, for whatever is drawn for them
   */
  Batch toModel(Batch rows, long draws, RandomStreams streams) {
    return prepared((step, size, random) -> rows).batch(draws, rows.size(), streams);
  }

  /** Losses are in the data's units, as scores are. */
  Objective objective() {
    NoiseFlow noise = weights.noise();
    if (noise != null) {
      return Objectives.negativeLogLikelihood(withNoise(noise));
    }
    Objective likelihood = Objectives.negativeLogLikelihood(trained());
    if (!units.encodes()) {
      return likelihood;
    }
    return (pass, batch) -> {
      double change = Arrays.stream(units.logDets(batch.rows())).average().orElse(0);
      return pass.tape().affine(1, likelihood.loss(pass, batch), -change);
    };
  }

  /** The flow of whole numbers, whose log-density is a bound over its noise. */
  private Flow withNoise(NoiseFlow noise) {
    Bijection inUnits = InUnits.of(spec.moments(), null, flow.bijection());
    return flow.withBijection(new Composition(List.of(noise.asLayer(), inUnits)));
  }

  /** The flow of standardised rows with the log-densities of the data's units. */
  private Flow trained() {
    if (spec.moments() == null || units.encodes()) {
      return flow;
    }
    Bijection offset = new ConstantLogDet(spec.dim(), units.logDet());
    return flow.withBijection(new Composition(List.of(offset, flow.bijection())));
  }
}
