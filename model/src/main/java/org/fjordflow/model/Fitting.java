package org.fjordflow.model;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;

/** What {@link FlowModel#fit} does with rows. */
final class Fitting {

  private static final int REPORTED_ROWS = 2_000;

  /** Images that each validation scores, so that it takes a small part of the time. */
  private static final int JUDGED_IMAGES = 1_000;

  private final FitOptions options;
  private final Batch train;
  private final @Nullable Batch validation;
  private final FlowSpec spec;
  private final Columns columns;
  private final double @Nullable [][] source;
  private final RandomStreams streams;

  private Fitting(FitOptions options, @Nullable Table source, TablePlan plan) {
    this.options = options;
    this.streams = new RandomStreams(options.seed());
    TablePlan.Parts parts = plan.split(options.validation(), 0, streams.generator(Purpose.SPLIT));
    this.train = parts.train();
    this.validation = parts.validation();
    FlowSpec fitted = plan.fit(options.recipe(), train);
    this.source = source == null ? null : SourceRows.of(source, fitted, plan.data().names());
    this.spec = this.source == null ? fitted : fitted.withSource(this.source, train.rows());
    this.columns = plan.names();
  }

  private Fitting(FitOptions options, Images images) {
    this.options = options;
    this.streams = new RandomStreams(options.seed());
    FlowSpec made =
        options
            .recipe()
            .spec(images.shape().size(), images.classes().size() > 1 ? images.classes().size() : 0);
    ImageSpec spec = made.images();
    if (spec == null || Smoothing.parse(options.noise()) > 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          spec == null
              ? "a recipe for rows of numbers is given for images; expected one such as ImageRecipe.GLOW.recipe(images)"
              : "noise on whole numbers; that of images is ImageSpec.withNoise");
    }
    options.objective().requireTrains(made);
    Images own = images.as(spec, "the images");
    Images.Parts parts = own.split(options.validation(), 0, streams.generator(Purpose.SPLIT));
    Images kept = parts.validation();
    this.train = parts.train().batch();
    this.validation = kept == null ? null : kept.thinned(JUDGED_IMAGES).batch();
    this.spec = options.recipe().standardizes() ? made.withMomentsOf(train) : made;
    this.source = null;
    this.columns = Columns.unnamed(made);
  }

  /** Prepares a training on images. */
  static Fitting of(Images images, FitOptions options) {
    return new Fitting(options, images);
  }

  /**
   * Prepares.
   *
   * @param source of the flow, or null for its base
   */
  static Fitting of(@Nullable Table source, Table table, FitOptions options) {
    if (source != null && options.objective().kind() != TrainingObjective.Kind.MATCHING) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a flow from a source is trained by matching alone, since the density of the source is unknown; the objective is "
              + options.objective().kind().id());
    }
    TableOptions columns = options.columns();
    return new Fitting(
        options, source, (source == null ? columns : columns.asNumbers(table)).plan(table));
  }

  FlowSpec spec() {
    return spec;
  }

  Columns columns() {
    return columns;
  }

  RandomStreams streams() {
    return streams;
  }

  FitReport train(FlowModel model) {
    model.initialize(train, streams.generator(Purpose.INITIALIZATION, 1));
    Smoothing smoothing = Smoothing.of(options.noise(), train.rows(), columns.data(), spec.table());
    Batch judged =
        validation == null
            ? null
            : smoothing.on(validation, streams.generator(Purpose.VALIDATION, 2));
    double dropout = options.recipe().contextDropout();
    BatchSource all = BatchSource.shuffled(train);
    BatchSource batches = smoothing.on(dropout > 0 ? all.withContextDropout(dropout) : all);
    TrainingObjective objective = options.objective();
    TrainerConfig whole = objective.adjusted(config());
    List<TrainingPhase> phases = TrainingPhase.of(objective, whole);
    TrainingResult result =
        TrainingPhase.run(
            phases,
            whole,
            phase -> phase.prepare(model, source, batches, judged, options.listeners()).run());
    return report(model, phases.get(phases.size() - 1).training(), result);
  }

  private FitReport report(FlowModel model, TrainerConfig config, TrainingResult result) {
    if (validation == null || source != null) { // a source has no density
      return FitReport.of(result, config, new double[0]);
    }
    return FitReport.of(
        result,
        config,
        logProb(model, validation.thinned(REPORTED_ROWS)),
        logProb(model, train.thinned(REPORTED_ROWS)),
        spec.images() == null
            ? model.baselines(train, validation)
            : new NormalBaselines(Double.NaN, Double.NaN));
  }

  private static double[] logProb(FlowModel model, Batch batch) {
    double[][] context = batch.context();
    return model.logProb(batch.rows(), context == null ? Context.none() : Context.of(context));
  }

  private TrainerConfig config() {
    return options.training(train.size(), spec, validation != null);
  }
}
