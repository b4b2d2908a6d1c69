package org.fjordflow.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.internal.FolderLock;
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
import org.fjordflow.model.NormalBaselines;
import org.fjordflow.model.TrainingObjective.Kind;
import org.fjordflow.model.TrainingPhase;
import org.fjordflow.model.images.ImageSpec;
import org.jspecify.annotations.Nullable;

/** One training from its configuration to what it leaves in its folder. */
final class TrainingRun {

  private static final long WRITE_INTERVAL = 100;
  private static final String BITS = " bits per dimension";

  /** Rows trained on that are judged at the end beside those that were not. */
  private static final int JUDGED_ROWS = 1_000;

  /**
   * Numbers of test rows whose solves may take a while: an exact trace costs a tangent a column.
   */
  private static final long MANY_NUMBERS = 100_000;

  /** Images of a continuous flow to judge by: more would take longer than a short training. */
  private static final int SOLVED_IMAGES = 500;

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
    this.data = TrainingData.prepare(source, asked);
    this.config = asked.withModel(data.fit(asked.model(), asked.data().standardize()));
    this.identity = DataIdentity.of(source, config);
    this.threads = threads;
    this.clock = clock;
    this.streams = new RandomStreams(asked.training().seed());
  }

  /**
   * What is drawn at the end.
   *
   * @param pictures whether pictures are
   * @param page whether the page to look at is
   */
  record Drawings(boolean pictures, boolean page) {}

  /**
   * Trains, saves, reports and draws.
   *
   * @param from folder of the model whose values to begin with, or null for initial ones
   * @param resume whether to go on from the folder's checkpoint
   * @param drawings what to draw
   * @param next how the run can be gone on with
   * @param lock of the folder, closed when a training that has begun is over
   * @return the exit status
   */
  int execute(
      @Nullable Path from, boolean resume, Drawings drawings, Continuation next, FolderLock lock) {
    RunPast before = new RunPast(null, null);
    List<TrainingPhase> phases = TrainingPhase.of(config.objective(), config.training());
    int begun = 0;
    if (resume) {
      Map<String, String> about = Checkpoint.about(folder.checkpoint());
      begun = RunPhase.index(phases, about);
      identity.requireSame(about, folder.path());
      before = RunPast.of(about, folder);
    } else if (from != null) {
      before = new RunPast(null, Provenance.Initial.of(from, ModelFolder.PARAMETERS));
    }
    try (FlowModel model =
        FlowModel.create(config.model(), streams.generator(Purpose.INITIALIZATION), threads)
            .withColumns(data.names(), data.given())) {
      TrainingPhase first = phases.get(begun);
      TrainingState past = resume ? past(model, first) : null;
      if (past != null && first.last() && isOver(past, first, before, next)) {
        drawMissing(model, drawings);
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
          "training on %s: %s, %s, %d parameters -> %s",
          data.origin().description(),
          model.config().images() == null
              ? data.origin().columns() + " columns"
              : "images of " + model.config().images().shape(),
          data.origin().rows() == 0
              ? "fresh points"
              : data.origin().rows() + (model.config().images() == null ? " rows" : " images"),
          model.parameters().size(),
          folder.path());
      Provenance provenance = provenance(model, before);
      if (!resume) {
        folder.clear();
      }
      AtomicReference<FlowTraining> running = new AtomicReference<>();
      try (Interruption interruption = new Interruption(() -> stop(running.get()), lock::close)) {
        List<TrainingPhase> left = phases.subList(begun, phases.size());
        TrainingResult result = train(left, model, past, provenance, running, interruption);
        if (result.reason() == EndReason.STOPPED) {
          console.say(
              "stopped at step %d; what was trained so far is in %s, --resume goes on",
              result.steps(), folder.path());
          return ExitStatus.INTERRUPTED;
        }
        interruption.allowEnd(() -> sayStopped("--resume adds how it does on test rows"));
        boolean usable = report(model, result, provenance, interruption, next);
        interruption.allowEnd(() -> sayStopped("--resume draws what is missing"));
        draw(model, drawings, interruption::isRequested);
        return interruption.isRequested()
            ? ExitStatus.INTERRUPTED
            : usable ? ExitStatus.DONE : ExitStatus.FAILED;
      }
    }
  }

  private void sayStopped(String rest) {
    console.say("stopped behind the training; the model is in %s, %s", folder.path(), rest);
  }

  private static void stop(@Nullable FlowTraining training) {
    if (training != null) {
      training.stop();
    }
  }

  /**
   * Trains one part after the other.
   *
   * @param past where the first one goes on from, or null
   * @param running told which training is under way
   * @return what the last part came to that was begun
   */
  private TrainingResult train(
      List<TrainingPhase> phases,
      FlowModel model,
      @Nullable TrainingState past,
      Provenance provenance,
      AtomicReference<FlowTraining> running,
      Interruption interruption) {
    AtomicReference<@Nullable TrainingState> from = new AtomicReference<>(past);
    return TrainingPhase.run(
        phases,
        config.training(),
        phase -> {
          if (phases.size() > 1) {
            console.say("%s: %d steps", phase.name(), phase.training().steps());
          }
          Checkpoint.Writer checkpoints = checkpoints(model, phase, RunPast.of(provenance));
          FlowTraining training = training(model, phase, checkpoints);
          running.set(training);
          if (interruption.isRequested()) {
            training.stop();
          }
          return train(training, phase, model, from.getAndSet(null), provenance, checkpoints);
        });
  }

  /** Draws what a run lacks that was killed while it drew. */
  private void drawMissing(FlowModel model, Drawings drawings) {
    RunPictures pictures = pictures(model);
    Drawings missing =
        new Drawings(
            drawings.pictures() && pictures.isAnyMissing(),
            drawings.page() && !Files.exists(folder.page()));
    if (missing.pictures() || missing.page()) {
      ModelFolder.fill(folder.path(), model);
      draw(model, missing, () -> false);
    }
  }

  /**
   * Draws.
   *
   * @param isOver between pictures, whether to leave the rest out
   */
  private void draw(FlowModel model, Drawings drawings, BooleanSupplier isOver) {
    if (drawings.pictures()) {
      Outputs.keeping(
          "the model is saved",
          () -> {
            List<String> drawn = pictures(model).draw(isOver);
            console.say("pictures: %s", String.join(", ", drawn));
          });
    }
    if (drawings.page() && !isOver.getAsBoolean()) {
      new RunPage(console, folder).draw(model, data.pageRows(), List.of(), folder.page());
    }
  }

  private RunPictures pictures(FlowModel model) {
    boolean bits = lossUnit(model, matched()) != 1;
    return new RunPictures(folder, model, data, bits, config.training().seed());
  }

  /**
   * Whether a run has made its steps and saved what they came to, and says so. One that was killed
   * after its last step has yet to be saved.
   */
  private boolean isOver(
      TrainingState past, TrainingPhase phase, RunPast before, Continuation next) {
    String started = before.started();
    if (started != null && !folder.holds(started, past.step(), data.test() != null)) {
      return false;
    }
    if (past.step() >= phase.training().steps()) {
      console.say(
          "nothing to train: %s has made %d steps, and --steps, of the run in all, is %d; give more of them",
          folder.path(), past.step(), config.training().steps());
      return true;
    }
    if (past.validations().exhausts(phase.training().patience())) {
      console.say(
          "nothing to train: %s ended by itself after %d steps, with no improvement for %d validations; this is more patient: %s",
          folder.path(), past.step(), past.validations().withoutGain(), next.morePatient());
      return true;
    }
    return false;
  }

  private Provenance provenance(FlowModel model, RunPast before) {
    Provenance now =
        Provenance.start(
            data.origin(),
            before.initial(),
            config.training().seed(),
            model.flow().backend(),
            clock,
            JsonConfig.tree(config.data()));
    String started = before.started();
    return started == null ? now : now.since(started);
  }

  private Checkpoint.Writer checkpoints(FlowModel model, TrainingPhase phase, RunPast past) {
    return new Checkpoint.Writer(
            folder.checkpoint(),
            model.parameters(),
            phase.training(),
            WRITE_INTERVAL,
            RunPhase.addTo(past.addTo(identity.values()), phase))
        .goingOn(this::warn);
  }

  /** Says what could not be written, and what is there. */
  private void warn(FjordException failure) {
    console.err().println("fjord: " + failure.getMessage());
  }

  private FlowTraining training(
      FlowModel model, TrainingPhase phase, Checkpoint.Writer checkpoints) {
    boolean bar = Boolean.getBoolean("fjord.terminal");
    double unit = lossUnit(model, phase.matching());
    TrainingListener progress =
        bar
            ? new ConsoleProgress(console.err(), unit)
            : new LineProgress(console.err(), unit, unit == 1 ? "" : BITS);
    TrainingListener onTheWay =
        new TrainingListener() { // the last checkpoint comes after the model
          @Override
          public void stepEnded(long step, Supplier<TrainingState> state) {
            checkpoints.stepEnded(step, state);
          }
        };
    Path metrics = phase.last() ? folder.metrics() : folder.matchingMetrics();
    List<TrainingListener> listeners =
        List.of(progress, new CsvMetrics(metrics, WRITE_INTERVAL).goingOn(this::warn), onTheWay);
    return phase.prepare(model, sourceRows(), data.batches(), data.validation(), listeners);
  }

  /** Whether the last part is trained by matching, whose loss has no unit. */
  private boolean matched() {
    return config.objective().kind() == Kind.MATCHING;
  }

  /** The factor of losses that are said: of images they are bits per dimension. */
  private static double lossUnit(FlowModel model, boolean matching) {
    ImageSpec images = model.config().images();
    return images == null || images.noise() > 0 || matching
        ? 1
        : Dequantization.bitsPerNat(model.dim());
  }

  private double @Nullable [][] sourceRows() {
    TrainingData.Source source = data.source();
    return source == null ? null : source.rows();
  }

  private TrainingState past(FlowModel model, TrainingPhase phase) {
    return Checkpoint.read(folder.checkpoint(), model.parameters()).stateFor(phase.training());
  }

  private TrainingResult train(
      FlowTraining training,
      TrainingPhase phase,
      FlowModel model,
      @Nullable TrainingState past,
      Provenance provenance,
      Checkpoint.Writer checkpoints) {
    TrainingResult result;
    try {
      result = past == null ? training.run() : training.resume(past);
    } catch (FjordException e) {
      if (e.key() == ErrorKey.TRAINING_DIVERGED) {
        // The model has its best or last good parameters: they are worth keeping.
        save(model, provenance, Map.of("reason", e.key()));
      }
      throw e;
    }
    if (!phase.last() && result.reason() != EndReason.STOPPED) {
      checkpoints.finished(result);
      return result;
    }
    try {
      save(model, provenance, summary(result));
    } catch (FjordException e) {
      checkpoints.finished(result);
      throw Outputs.kept(
          e,
          checkpoints.written() < 0
              ? "nothing of this run could be written; an earlier model is as it was"
              : "step %d of %d is kept in %s, and --resume goes on from there"
                  .formatted(checkpoints.written(), result.steps(), folder.checkpoint()));
    }
    checkpoints.finished(result);
    return result;
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
    TrainingState.Totals totals = result.state().totals();
    console.say(
        "%d steps in %s%s%s",
        result.steps(),
        Console.seconds(result.seconds()),
        totals.forwardEvaluations() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                ", %d evaluations forward and %d backward",
                totals.forwardEvaluations(),
                totals.backwardEvaluations()),
        Double.isNaN(result.bestValidationLoss())
            ? ""
            : String.format(
                Locale.ROOT,
                "; best validation loss %.4f%s at step %d",
                lossUnit(model, matched()) * result.bestValidationLoss(),
                lossUnit(model, matched()) == 1 ? "" : BITS,
                result.bestStep()));
    Batch test = data.test();
    boolean rows = data.origin().rows() > 0;
    if (rows && data.validation() != null) {
      boolean finishes = TrainingPhase.of(config.objective(), config.training()).size() > 1;
      console.say(
          "%s",
          TrainingReport.ending(result, config.training(), finishes ? "matched" : "untrained"));
    }
    if (test == null || interruption.isRequested()) {
      return true;
    }
    TrainingData.Source source = data.source();
    if (source != null) {
      return reportDistance(model, result, source, test, provenance);
    }
    ImageSpec images = model.config().images();
    if (images != null) {
      return reportImages(model, images, result, test, provenance);
    }
    if (!model.config().continuous().isEmpty()
        && (long) test.size() * model.dim() >= MANY_NUMBERS) {
      console.err().printf(Locale.ROOT, "scoring %d test rows ...%n", test.size());
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
    saveWith(model, provenance, summary);
    console.say(
        "test NLL %.4f +- %.4f nats on %d rows (%s%s)",
        report.heldOut(),
        report.heldOutError(),
        test.size(),
        Console.seconds(seconds),
        Console.evaluations(scores.work()));
    data.bound().ifPresent(bound -> console.say("the density itself has %.4f", bound));
    if (rows) {
      TrainingReport.lines(report, model.config(), config.objective(), next)
          .forEach(line -> console.say("%s", line));
    }
    return !report.isHopeless();
  }

  /**
   * What counts are bits per dimension, of images that the model was not trained on: some of them
   * where each has to be solved.
   */
  private boolean reportImages(
      FlowModel model, ImageSpec images, TrainingResult result, Batch held, Provenance provenance) {
    long start = System.nanoTime();
    FlowModel once = model.withOneDraw();
    boolean solved = !model.config().continuous().isEmpty();
    Batch test = solved ? held.thinned(SOLVED_IMAGES) : held;
    Batch trained = data.shown().thinned(solved ? SOLVED_IMAGES / 4 : JUDGED_ROWS);
    double[] scores =
        once.score(test.rows(), contextOf(test), streams.generator(Purpose.VALIDATION, 1))
            .logProb();
    FitReport report =
        FitReport.of(
            result,
            config.training(),
            scores,
            once.score(trained.rows(), contextOf(trained), 0).logProb(),
            new NormalBaselines(Double.NaN, Double.NaN));
    double seconds = (System.nanoTime() - start) * 1e-9;
    boolean bits = images.noise() == 0;
    double unit = bits ? Dequantization.bitsPerNat(model.dim()) : 1;
    String name = bits ? BITS.strip() : "nats an image with noise";
    Map<String, Object> summary = summary(result);
    summary.put("testRows", test.size());
    summary.putAll(report.summary("test"));
    if (bits) {
      summary.put("testBitsPerDimension", unit * report.heldOut());
      summary.put("testBitsPerDimensionStandardError", unit * report.heldOutError());
      summary.put("trainBitsPerDimension", unit * report.train());
    }
    saveWith(model, provenance, summary);
    console.say(
        "test %.4f +- %.4f %s on %d images (%s)",
        unit * report.heldOut(),
        unit * report.heldOutError(),
        name,
        test.size(),
        Console.seconds(seconds));
    if (report.overfits()) {
      console.say(
          "images trained on have %.4f %s; more images or a smaller model may help",
          unit * report.train(), name);
    } else if (report.wasImproving()) {
      console.say("validation was still improving: more time (--time, with --resume) helps");
    }
    return Double.isFinite(report.heldOut());
  }

  private void saveWith(FlowModel model, Provenance provenance, Map<String, Object> summary) {
    try {
      save(model, provenance, summary);
    } catch (FjordException e) {
      throw Outputs.kept(
          e, "the model is saved, but not how it does on test rows; --resume adds that");
    }
  }

  /** A map between samples has no log-density; what counts is where it carries rows. */
  private boolean reportDistance(
      FlowModel model,
      TrainingResult result,
      TrainingData.Source source,
      Batch test,
      Provenance provenance) {
    if (source.test().length == 0) {
      return true;
    }
    SampleDistance before = SampleDistance.of(source.test(), test.rows());
    SampleDistance after = SampleDistance.of(model.carry(source.test(), 0, 1), test.rows());
    Map<String, Object> summary = summary(result);
    summary.put("testRows", after.rows());
    summary.put("testWasserstein", after.distance());
    summary.put("testWassersteinOfSource", before.distance());
    saveWith(model, provenance, summary);
    console.say(
        "%s between test rows that were carried and those of the data; %.4f before",
        after, before.distance());
    return true;
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
