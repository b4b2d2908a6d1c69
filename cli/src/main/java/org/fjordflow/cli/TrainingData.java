package org.fjordflow.cli;

import java.util.List;
import java.util.OptionalDouble;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.Summary;
import org.fjordflow.cli.page.PageRows;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Smoothing;
import org.fjordflow.model.TablePlan;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;

/**
 * Data ready to train on.
 *
 * @param batches rows of each step
 * @param validation rows to stop early by, or null
 * @param test rows to report on, or null
 * @param shown rows to draw and to take moments of
 * @param names of the columns, empty where there are none
 * @param given names of the columns of context, empty where there are none
 * @param origin where they come from
 * @param source of a flow from one sample to another, or null
 * @param bound mean negative log-density of the test rows under the true density, where known
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record TrainingData(
    BatchSource batches,
    @Nullable Batch validation,
    @Nullable Batch test,
    Batch shown,
    List<String> names,
    List<String> given,
    Provenance.Data origin,
    @Nullable Source source,
    OptionalDouble bound) {

  /**
   * The sample that a flow begins from.
   *
   * @param rows trained on, in the data's units
   * @param test rows to report on, may be none
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Source(double[][] rows, double[][] test) {}

  private static final int SHOWN_POINTS = 5_000;

  /** Images that each validation scores, so that it takes a small part of the time. */
  private static final int VALIDATION_IMAGES = 1_000;

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
    if (source instanceof DataSource.Pictures pictures) {
      return deal(pictures, config, streams);
    }
    DataSource.Density density = (DataSource.Density) source;
    double[][] test =
        density.sampler().sample(config.testPoints(), streams.generator(Purpose.TEST, 0));
    double[][] validation =
        density.sampler().sample(config.validationPoints(), streams.generator(Purpose.TEST, 1));
    return new TrainingData(
        BatchSource.sampled(density.sampler()),
        validates ? Batch.of(validation) : null,
        test.length == 0 ? null : Batch.of(test),
        Batch.of(density.sampler().sample(SHOWN_POINTS, streams.generator(Purpose.TEST, 2))),
        List.of(),
        List.of(),
        Provenance.Data.sampled(density.name(), 2),
        null,
        bound(density, test));
  }

  private static TrainingData deal(DataSource.Rows rows, DataConfig config, RandomStreams streams) {
    TablePlan plan = rows.plan();
    TablePlan.Parts split =
        plan.split(config.validation(), config.test(), streams.generator(Purpose.SPLIT));
    Smoothing smoothing =
        Smoothing.of(config.noise(), split.train().rows(), plan.data().names(), plan.specOrNull());
    Batch validation = split.validation();
    return new TrainingData(
        smoothing.on(BatchSource.shuffled(split.train())),
        validation == null
            ? null
            : smoothing.on(validation, streams.generator(Purpose.VALIDATION, 2)),
        split.test(),
        split.train(),
        plan.data().names(),
        plan.givenNames(),
        rows.isStream()
            ? Provenance.Data.streamed(split.train().size(), rows.columns())
            : Provenance.Data.file(
                DataSource.path(rows.location()), split.train().size(), rows.columns()),
        rows.source() == null ? null : deal(rows.source().rows(), config.test(), streams),
        OptionalDouble.empty());
  }

  private static TrainingData deal(
      DataSource.Pictures pictures, DataConfig config, RandomStreams streams) {
    if (Smoothing.parse(config.noise()) > 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "levels of images are whole numbers; noise on what the flow sees is --noise");
    }
    Images all = pictures.context() == 0 ? pictures.images().unlabelled() : pictures.images();
    Images.Parts split =
        all.split(config.validation(), config.test(), streams.generator(Purpose.SPLIT));
    Images validation = split.validation();
    Images test = split.test();
    BatchSource batches = BatchSource.shuffled(split.train().batch());
    return new TrainingData(
        config.contextDropout() > 0 ? batches.withContextDropout(config.contextDropout()) : batches,
        validation == null ? null : validation.thinned(VALIDATION_IMAGES).batch(),
        test == null ? null : test.batch(),
        split.train().batch(),
        List.of(),
        List.of(),
        Provenance.Data.images(
            DataSource.path(pictures.location()), split.train().size(), pictures.columns()),
        null,
        OptionalDouble.empty());
  }

  private static Source deal(double[][] rows, double test, RandomStreams streams) {
    Table.Split parts =
        Table.Split.random(Table.of(rows), 0, test, streams.generator(Purpose.SPLIT, 1));
    return new Source(parts.train().rows(), parts.test().rows());
  }

  private static OptionalDouble bound(DataSource.Density density, double[][] test) {
    return density.entropy().isPresent() || test.length == 0
        ? density.entropy()
        : OptionalDouble.of(-Summary.of(density.truth().logProb(test)).mean());
  }

  /** Returns what the model's page shows of them. */
  PageRows pageRows() {
    return new PageRows(shown, test == null ? validation : test);
  }

  /** Returns the model for these data: with a standardisation by what is trained on, if wanted. */
  FlowSpec fit(FlowSpec model, boolean standardize) {
    if (source != null && standardize) {
      return model.withSource(source.rows(), shown.rows());
    }
    return standardize ? model.withMomentsOf(shown) : model;
  }
}
