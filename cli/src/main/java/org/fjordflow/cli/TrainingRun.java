package org.fjordflow.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.core.train.ConsoleProgress;
import org.fjordflow.core.train.CsvMetrics;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.model.FitReport;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowTraining;
import org.fjordflow.model.TableSpec;
import org.jspecify.annotations.Nullable;

/** One training from its configuration to what it leaves in its folder. */
final class TrainingRun {

  private static final long WRITE_INTERVAL = 100;

  /** Rows trained on that are judged at the end beside those that were not. */
  private static final int JUDGED_ROWS = 1_000;

  private final Console console;
  private final RunFolder folder;
  private final RunConfig config;
  private final DataIdentity identity;
  private final TrainingData data;
  private final int threads;
  private final Clock clock;
  private final RandomStreams streams;

  TrainingRun(
      Console console,
      RunFolder folder,
      DataSource source,
      RunConfig asked,
      int threads,
      Clock clock) {
    this.console = console;
    this.folder = folder;
    this.identity = DataIdentity.of(source, asked);
    this.data = TrainingData.prepare(source, asked);
    this.config = asked.withModel(data.fit(asked.model(), asked.data().standardize()));
    this.threads = threads;
    this.clock = clock;
    this.streams = new RandomStreams(asked.training().seed());
  }

  /**
   * Trains, saves, reports and draws.
   *
   * @param from folder of the model whose values to begin with, or null for initial ones
   * @param resume whether to go on from the folder's checkpoint
   * @param pictures whether to draw pictures
   * @param next how the run can be gone on with
   * @return the exit status
   */
  int execute(@Nullable Path from, boolean resume, boolean pictures, Continuation next) {
    if (resume) {
      identity.requireSame(Checkpoint.about(folder.checkpoint()), folder.path());
    }
    try (FlowModel model =
        FlowModel.create(config.model(), streams.generator(Purpose.INITIALIZATION), threads)
            .withColumns(data.names(), data.given())) {
      TrainingState past = resume ? past(model) : null;
      if (past != null && past.step() >= config.training().steps()) {
        console.say(
            "nothing to train: %s has made %d steps, and --steps, of the run in all, is %d; give more of them",
            folder.path(), past.step(), config.training().steps());
        return ExitStatus.DONE;
      }
      if (past != null && past.validations().exhausts(config.training().patience())) {
        console.say(
            "nothing to train: %s ended by itself after %d steps, with no improvement for %d validations; this is more patient: %s",
            folder.path(), past.step(), past.validations().withoutGain(), next.morePatient());
        return ExitStatus.DONE;
      }
      Machine.sayAdvice(console, model);
      Machine.sayBackend(console, model);
      if (from != null) {
        ModelFolder.fill(from, model);
      } else if (!resume) {
        model.initialize(data.shown(), streams.generator(Purpose.INITIALIZATION, 1));
      }
      console.say(
          "training on %s: %d columns, %s, %d parameters -> %s",
          data.origin().description(),
          data.origin().columns(),
          data.origin().rows() == 0 ? "fresh points" : data.origin().rows() + " rows",
          model.parameters().size(),
          folder.path());
      Provenance provenance =
          Provenance.start(
              data.origin(),
              from == null
                  ? folder.initial(resume)
                  : Provenance.Initial.of(from, ModelFolder.PARAMETERS),
              config.training().seed(),
              model.flow().backend(),
              clock,
              JsonConfig.tree(config.data()));
      if (!resume) {
        folder.clear();
      }
      FlowTraining training = training(model);
      try (Interruption interruption = new Interruption(training::stop)) {
        TrainingResult result = train(training, model, past, provenance);
        if (result.reason() == EndReason.STOPPED) {
          console.say(
              "stopped at step %d; what was trained so far is in %s, --resume goes on",
              result.steps(), folder.path());
          return ExitStatus.INTERRUPTED;
        }
        boolean usable = report(model, result, provenance, interruption, next);
        if (pictures) {
          List<String> drawn =
              new RunPictures(folder, model, data, config.training().seed()).draw(interruption);
          console.say("pictures: %s", String.join(", ", drawn));
        }
        return interruption.isRequested()
            ? ExitStatus.INTERRUPTED
            : usable ? ExitStatus.DONE : ExitStatus.FAILED;
      }
    }
  }

  private FlowTraining training(FlowModel model) {
    Batch validation = data.validation();
    boolean bar = Boolean.getBoolean("fjord.terminal");
    TrainingListener progress =
        bar ? new ConsoleProgress(console.err()) : new LineProgress(console.err());
    return model.training(
        config.training(),
        data.batches(),
        validation == null ? null : model.validation(validation),
        List.of(
            progress,
            new CsvMetrics(folder.metrics(), WRITE_INTERVAL),
            new Checkpoint.Writer(
                folder.checkpoint(),
                model.parameters(),
                config.training(),
                WRITE_INTERVAL,
                identity.values())));
  }

  private TrainingState past(FlowModel model) {
    return Checkpoint.read(folder.checkpoint(), model.parameters()).stateFor(config.training());
  }

  private TrainingResult train(
      FlowTraining training, FlowModel model, @Nullable TrainingState past, Provenance provenance) {
    try {
      TrainingResult result = past == null ? training.run() : training.resume(past);
      save(model, provenance, summary(result));
      return result;
    } catch (FjordException e) {
      if (e.key() == ErrorKey.TRAINING_DIVERGED) {
        // The model has its best or last good parameters: they are worth keeping.
        save(model, provenance, Map.of("reason", e.key()));
      }
      throw e;
    }
  }

  private void save(FlowModel model, Provenance provenance, Map<String, ?> result) {
    folder.save(model, config, provenance.finish(clock), result);
  }

  private static Map<String, Object> summary(TrainingResult result) {
    return new LinkedHashMap<>(FlowTraining.summary(result));
  }

  /** Says what came out; returns whether the model is of some use, as far as that is known. */
  private boolean report(
      FlowModel model,
      TrainingResult result,
      Provenance provenance,
      Interruption interruption,
      Continuation next) {
    console.say(
        "%d steps in %s%s%s",
        result.steps(),
        Console.seconds(result.seconds()),
        result.forwardEvaluations() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                ", %d evaluations forward and %d backward",
                result.forwardEvaluations(),
                result.backwardEvaluations()),
        Double.isNaN(result.bestValidationLoss())
            ? ""
            : String.format(
                Locale.ROOT,
                "; best validation loss %.4f at step %d",
                result.bestValidationLoss(),
                result.bestStep()));
    Batch test = data.test();
    boolean rows = data.origin().rows() > 0;
    if (rows && data.validation() != null) {
      console.say("%s", TrainingReport.ending(result, config.training()));
    }
    if (test == null || interruption.isRequested()) {
      return true;
    }
    long start = System.nanoTime();
    LogDensity scores =
        model.score(test.rows(), contextOf(test), streams.generator(Purpose.VALIDATION, 1));
    double seconds = (System.nanoTime() - start) * 1e-9;
    FitReport report = judge(model, result, test, scores.logProb());
    Map<String, Object> summary = summary(result);
    summary.put("testRows", test.size());
    summary.putAll(report.summary("test"));
    data.bound().ifPresent(bound -> summary.put("testNllOfTruth", bound));
    save(model, provenance, summary);
    console.say(
        "test NLL %.4f +- %.4f nats on %d rows (%s%s)",
        report.heldOut(),
        report.heldOutError(),
        test.size(),
        Console.seconds(seconds),
        Console.evaluations(scores.work()));
    data.bound().ifPresent(bound -> console.say("the density itself has %.4f", bound));
    if (rows) {
      TableSpec table = model.config().table();
      boolean mixed = table != null && table.isMixed();
      TrainingReport.lines(report, mixed, next).forEach(line -> console.say("%s", line));
    }
    return !report.isHopeless();
  }

  private FitReport judge(FlowModel model, TrainingResult result, Batch test, double[] testScores) {
    if (data.origin().rows() == 0) {
      return FitReport.of(result, config.training(), testScores);
    }
    Batch trained = data.shown().thinned(JUDGED_ROWS);
    return FitReport.of(
        result,
        config.training(),
        testScores,
        model.score(trained.rows(), contextOf(trained), 0).logProb(),
        model.baselines(data.shown(), test));
  }

  private static Context contextOf(Batch batch) {
    double[][] given = batch.context();
    return given == null ? Context.none() : Context.of(given);
  }
}
