package org.fjordflow.cli;

import java.util.List;
import java.util.OptionalDouble;
import org.fjordflow.cli.compare.Summary;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table.Split;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Smoothing;
import org.jspecify.annotations.Nullable;

/**
 * Data ready to train on.
 *
 * @param batches rows of each step
 * @param validation rows to stop early by, or null
 * @param test rows to report on, may be none
 * @param shown rows to draw and to take moments of
 * @param names of the columns, empty where there are none
 * @param origin where they come from
 * @param bound mean negative log-density of the test rows under the true density, where known
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record TrainingData(
    BatchSource batches,
    @Nullable Batch validation,
    double[][] test,
    double[][] shown,
    List<String> names,
    Provenance.Data origin,
    OptionalDouble bound) {

  private static final int SHOWN_POINTS = 5_000;
  private static final int INITIALIZATION_ROWS = 1_000;

  /** Deals out rows, or draws points. */
  static TrainingData prepare(DataSource source, RunConfig config) {
    return prepare(
        source,
        config.data(),
        config.training().validationInterval() > 0,
        new RandomStreams(config.training().seed()));
  }

  /** Deals out rows, or draws points, with randomness of their own. */
  static TrainingData prepare(
      DataSource source, DataConfig config, boolean validates, RandomStreams streams) {
    if (source instanceof DataSource.Rows rows) {
      return deal(rows, config, streams);
    }
    DataSource.Density density = (DataSource.Density) source;
    double[][] test =
        density.sampler().sample(config.testPoints(), streams.generator(Purpose.TEST, 0));
    double[][] validation =
        density.sampler().sample(config.validationPoints(), streams.generator(Purpose.TEST, 1));
    return new TrainingData(
        BatchSource.sampled(density.sampler()),
        validates ? Batch.of(validation) : null,
        test,
        density.sampler().sample(SHOWN_POINTS, streams.generator(Purpose.TEST, 2)),
        List.of(),
        Provenance.Data.sampled(density.name(), 2),
        bound(density, test));
  }

  private static TrainingData deal(DataSource.Rows rows, DataConfig config, RandomStreams streams) {
    Split split =
        Split.random(
            rows.table(), config.validation(), config.test(), streams.generator(Purpose.SPLIT));
    double[][] train = split.train().rows();
    Smoothing smoothing = Smoothing.of(config.noise(), train);
    double[][] validation = split.validation().rows();
    return new TrainingData(
        smoothing.on(BatchSource.shuffled(Batch.of(train))),
        validation.length == 0
            ? null
            : smoothing.on(Batch.of(validation), streams.generator(Purpose.VALIDATION, 2)),
        split.test().rows(),
        train,
        rows.table().names(),
        Provenance.Data.file(
            DataSource.path(rows.location()), train.length, rows.table().columns()),
        OptionalDouble.empty());
  }

  private static OptionalDouble bound(DataSource.Density density, double[][] test) {
    return density.entropy().isPresent() || test.length == 0
        ? density.entropy()
        : OptionalDouble.of(-Summary.of(density.truth().logProb(test)).mean());
  }

  /** Returns the model for these data: with a standardisation by what is trained on, if wanted. */
  FlowSpec fit(FlowSpec model, boolean standardize) {
    return standardize ? model.withMoments(Moments.of(shown), model.contextMoments()) : model;
  }

  /** Lets a thousand rows, spread over all, choose the initial values that data choose. */
  void initialize(FlowModel model, RandomStreams streams) {
    Batch batch = Batch.of(RowSelection.thinned(shown, INITIALIZATION_ROWS));
    model.initialize(batch, streams.generator(Purpose.INITIALIZATION, 1));
  }
}
