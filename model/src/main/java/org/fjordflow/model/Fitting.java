package org.fjordflow.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Table.Split;
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
  private final Batch validation;
  private final boolean validates;
  private final FlowSpec spec;
  private final Columns columns;
  private final RandomStreams streams;

  private Fitting(FitOptions options, Table table) {
    this.options = options;
    this.streams = new RandomStreams(options.seed());
    if (table.rowCount() == 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "no rows to train on");
    }
    int[] given = contextIndices(table, options.context());
    int[] data = others(table.columns(), given);
    Split split =
        Split.random(
            table.requireFinite("the table"),
            options.validation(),
            0,
            streams.generator(Purpose.SPLIT));
    this.train = batch(split.train(), data, given);
    this.validates = split.validation().rowCount() > 0;
    this.validation = validates ? batch(split.validation(), data, given) : train;
    double[][] context = train.context();
    FlowSpec made = options.recipe().spec(data.length, given.length);
    if (made.dim() != data.length || made.context() != given.length) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the flow has %d columns and a context of %d; these rows have %d and %d"
              .formatted(made.dim(), made.context(), data.length, given.length));
    }
    this.spec =
        made.withMoments(Moments.of(train.rows()), context == null ? null : Moments.of(context));
    this.columns =
        table.names().isEmpty()
            ? Columns.unnamed(spec)
            : Columns.of(spec, names(table, data), names(table, given));
  }

  static Fitting of(Table table, FitOptions options) {
    return new Fitting(options, table);
  }

  private static int[] contextIndices(Table table, List<String> names) {
    return names.stream()
        .mapToInt(
            name -> {
              int index = table.names().indexOf(name);
              if (index < 0) {
                throw new FjordException(
                    ErrorKey.INVALID_ARGUMENT,
                    "no column '%s' to condition on; %s"
                        .formatted(
                            name,
                            table.names().isEmpty()
                                ? "these rows have no names, make a Table with names of them"
                                : "the columns are " + table.names()));
              }
              return index;
            })
        .distinct()
        .toArray();
  }

  private static int[] others(int columns, int[] chosen) {
    List<Integer> left = new ArrayList<>();
    for (int j = 0; j < columns; j++) {
      int column = j;
      if (Arrays.stream(chosen).noneMatch(c -> c == column)) {
        left.add(j);
      }
    }
    if (left.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "all %d columns are conditioned on; leave at least one to model".formatted(columns));
    }
    return left.stream().mapToInt(Integer::intValue).toArray();
  }

  private static Batch batch(Table table, int[] data, int[] context) {
    return context.length == 0
        ? Batch.of(table.rows())
        : new Batch(table.selectColumns(data).rows(), table.selectColumns(context).rows());
  }

  private static List<String> names(Table table, int[] columns) {
    return Arrays.stream(columns).mapToObj(table.names()::get).toList();
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
    Smoothing smoothing = Smoothing.of(options.noise(), train.rows());
    Validation judge =
        validates
            ? model.validation(smoothing.on(validation, streams.generator(Purpose.VALIDATION, 2)))
            : null;
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
            .tableTraining(train.size(), spec.dim(), spec.context(), validates, options.seed());
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
