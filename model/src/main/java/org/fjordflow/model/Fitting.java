package org.fjordflow.model;

import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.jspecify.annotations.Nullable;

/** What {@link FlowModel#fit} does with rows. */
final class Fitting {

  private static final int REPORTED_ROWS = 2_000;

  private final FitOptions options;
  private final Batch train;
  private final @Nullable Batch validation;
  private final FlowSpec spec;
  private final Columns columns;
  private final RandomStreams streams;

  private Fitting(FitOptions options, TablePlan plan) {
    this.options = options;
    this.streams = new RandomStreams(options.seed());
    TablePlan.Parts parts = plan.split(options.validation(), 0, streams.generator(Purpose.SPLIT));
    this.train = parts.train();
    this.validation = parts.validation();
    this.spec = plan.fit(options.recipe(), train);
    this.columns = plan.names();
  }

  static Fitting of(Table table, FitOptions options) {
    return new Fitting(options, options.columns().plan(table));
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
    BatchSource batches = smoothing.on(BatchSource.shuffled(train));
    TrainingObjective objective = options.objective();
    TrainerConfig config = objective.adjusted(config());
    if (objective.matches()) {
      TrainerConfig first = objective.first(config);
      TrainingResult matched =
          model.matching(objective.matching(), first, batches, judged, options.listeners()).run();
      if (!objective.finishes()) {
        return report(model, first, matched);
      }
      config = objective.last(config, matched.seconds());
    }
    Validation judge = judged == null ? null : model.validation(judged);
    return report(model, config, model.training(config, batches, judge, options.listeners()).run());
  }

  private FitReport report(FlowModel model, TrainerConfig config, TrainingResult result) {
    if (validation == null) {
      return FitReport.of(result, config, new double[0]);
    }
    return FitReport.of(
        result,
        config,
        logProb(model, validation.thinned(REPORTED_ROWS)),
        logProb(model, train.thinned(REPORTED_ROWS)),
        model.baselines(train, validation));
  }

  private static double[] logProb(FlowModel model, Batch batch) {
    double[][] context = batch.context();
    return model.logProb(batch.rows(), context == null ? Context.none() : Context.of(context));
  }

  private TrainerConfig config() {
    return options.training(train.size(), spec, validation != null);
  }
}
