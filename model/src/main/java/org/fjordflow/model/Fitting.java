package org.fjordflow.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/** What {@link FlowModel#fit} does with rows. */
final class Fitting {

  private static final int INITIALIZATION_ROWS = 1_000;

  private final FitOptions options;
  private final Batch train;
  private final @Nullable Batch validation;
  private final FlowSpec spec;
  private final Columns columns;
  private final RandomStreams streams;

  private Fitting(FitOptions options, TablePlan plan) {
    this.options = options;
    this.streams = new RandomStreams(options.seed());
    TablePlan.Parts parts =
        plan.split(options.validation(), 0, streams.generator(Purpose.SPLIT));
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

  TrainingResult train(FlowModel model) {
    model.initialize(
        thinned(train, INITIALIZATION_ROWS), streams.generator(Purpose.INITIALIZATION, 1));
    Smoothing smoothing = Smoothing.of(options.noise(), train.rows(), columns.data(), spec.table());
    Validation judge =
        validation == null
            ? null
            : model.validation(smoothing.on(validation, streams.generator(Purpose.VALIDATION, 2)));
    List<TrainingListener> listeners = new ArrayList<>(options.listeners());
    Clock clock = new Clock(options.timeBudget());
    listeners.add(clock);
    TrainerConfig config = config();
    FlowTraining training =
        model.training(config, smoothing.on(BatchSource.shuffled(train)), judge, listeners);
    clock.ends = training::stop;
    return training.run();
  }

  private TrainerConfig config() {
    TrainerConfig standard =
        options
            .recipe()
            .tableTraining(
                train.size(), spec.dim(), spec.context(), validation != null, options.seed());
    return options.steps() == 0 ? standard : standard.withSteps(options.steps());
  }

  private static Batch thinned(Batch batch, int rows) {
    double[][] context = batch.context();
    double[][] thinned = RowSelection.thinned(batch.rows(), rows);
    return context == null
        ? Batch.of(thinned)
        : new Batch(thinned, RowSelection.thinned(context, rows));
  }

  /** Ends training when its time is over. */
  private static final class Clock implements TrainingListener {
    private final @Nullable Duration budget;
    private final long start = System.nanoTime();
    private Runnable ends = () -> {};

    Clock(@Nullable Duration budget) {
      this.budget = budget;
    }

    @Override
    public void stepEnded(long step, Supplier<TrainingState> state) {
      if (budget != null && Duration.ofNanos(System.nanoTime() - start).compareTo(budget) >= 0) {
        ends.run();
      }
    }
  }
}
