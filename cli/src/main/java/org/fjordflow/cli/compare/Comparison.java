package org.fjordflow.cli.compare;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.report.PictureWriter;
import org.jspecify.annotations.Nullable;

/** Trains models alike and leaves what they came to in a folder; what is there already stays. */
public final class Comparison {

  private final ComparisonFiles files;
  private final ComparisonSettings settings;
  private final ComparisonData data;
  private final Map<String, String> versions;
  private final int threads;
  private final Consumer<String> progress;
  private final List<ComparisonResult> results;
  private volatile boolean stopRequested;
  private volatile @Nullable Training training;

  /**
   * Begins a comparison, or goes on with one.
   *
   * @param folder where results go
   * @param settings of all trainings
   * @param data rows of all trainings
   * @param versions of what computes, by name, to be written beside the results
   * @param threads how many threads compute
   * @param progress is told of every training that is done
   * @throws FjordException INVALID_CONFIGURATION if the folder holds a comparison with other
   *     settings; FILE_DAMAGED; FILE_UNWRITABLE
   */
  public Comparison(
      Path folder,
      ComparisonSettings settings,
      ComparisonData data,
      Map<String, String> versions,
      int threads,
      Consumer<String> progress) {
    this.files = new ComparisonFiles(folder);
    this.settings = settings;
    this.data = data;
    this.versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
    this.threads = threads;
    this.progress = progress;
    this.results = new ArrayList<>(files.read(settings));
    AtomicFiles.createFolder(folder);
  }

  /**
   * Asks to end after the step of training, or the evaluation, that is under way. A training that
   * is ended so leaves no result. May be called from any thread.
   */
  public void stop() {
    stopRequested = true;
    Training running = training;
    if (running != null) {
      running.stop();
    }
  }

  /**
   * Trains and evaluates what is not there yet: all models with the first seed, then with the next
   * one.
   *
   * @param models at least one
   * @param seeds how many, from 0
   * @throws FjordException INVALID_CONFIGURATION if a model cannot have the data's columns;
   *     FILE_UNWRITABLE
   */
  public void run(List<ComparedModel> models, int seeds) {
    models.forEach(model -> model.recipe().spec(data.origin().columns(), 0));
    for (long seed = 0; seed < seeds; seed++) {
      for (ComparedModel compared : models) {
        if (stopRequested) {
          return;
        }
        if (!isThere(compared, seed)) {
          progress.accept("training " + name(compared, seed) + ": " + settings.budget());
          run(compared, seed);
        }
      }
    }
    files.write(settings, data, versions, results);
  }

  private static String name(ComparedModel compared, long seed) {
    return compared.id() + ", seed " + seed;
  }

  private boolean isThere(ComparedModel compared, long seed) {
    return results.stream().anyMatch(r -> r.model().equals(compared.id()) && r.seed() == seed);
  }

  private void run(ComparedModel compared, long seed) {
    RandomStreams streams = new RandomStreams(seed);
    FlowSpec spec =
        compared
            .recipe()
            .spec(data.origin().columns(), 0)
            .withMoments(Moments.of(data.shown()), null);
    try (FlowModel model =
        FlowModel.create(spec, streams.generator(Purpose.INITIALIZATION), threads)
            .withColumns(data.names(), List.of())) {
      model.initialize(Batch.of(data.shown()), streams.generator(Purpose.INITIALIZATION, 1));
      ComparisonResult result = result(compared, seed, model);
      if (result == null) {
        return;
      }
      if (result.isDone()) {
        save(model, result);
      }
      results.add(result);
      files.write(settings, data, versions, results);
      progress.accept(line(result));
      Path picture = files.folder().resolve(ComparedModel.file(compared.id()) + ".png");
      if (result.isDone() && !Files.exists(picture)) {
        draw(picture, model, result);
      }
    }
  }

  /** What a model came to, or null if it was stopped. */
  private @Nullable ComparisonResult result(ComparedModel compared, long seed, FlowModel model) {
    Training started =
        new Training(
            model,
            data,
            compared,
            settings.budget(),
            Evaluation.validation(model, data),
            seed,
            new TrainingProgress(name(compared, seed), settings.budget(), progress));
    training = started;
    if (stopRequested) {
      return null;
    }
    String status = ComparisonResult.DIVERGED;
    try {
      if (!started.run()) {
        return null;
      }
      status = ComparisonResult.FAILED;
      return new Evaluation(model, data, settings.points(), seed)
          .measure(compared.id(), seed, model.parameters().size(), started.outcome());
    } catch (FjordException e) {
      if (!isModelsOwn(e)) {
        throw e;
      }
      return ComparisonResult.failed(
          compared.id(),
          seed,
          status,
          String.valueOf(e.getMessage()),
          model.parameters().size(),
          started.outcome().seconds);
    }
  }

  private static String line(ComparisonResult result) {
    return result.isDone()
        ? String.format(
            Locale.ROOT,
            "%s, seed %d: log-likelihood %.4f nats, %d steps in %.0f s",
            result.model(),
            result.seed(),
            result.logLikelihood(),
            result.steps(),
            result.trainingSeconds())
        : "%s, seed %d: %s: %s"
            .formatted(result.model(), result.seed(), result.status(), result.message());
  }

  private void save(FlowModel model, ComparisonResult result) {
    model.save(
        files
            .folder()
            .resolve("models")
            .resolve(ComparedModel.file(result.model()) + "-" + result.seed()),
        Map.of("result", result, "versions", versions));
  }

  /** A flow that cannot be evaluated far from the data has no picture, but a result. */
  private void draw(Path file, FlowModel model, ComparisonResult result) {
    try {
      RandomStreams streams = new RandomStreams(result.seed());
      PictureWriter.write(file, ComparisonPicture.draw(model, data, streams));
    } catch (FjordException e) {
      if (!isModelsOwn(e)) {
        throw e;
      }
      progress.accept(result.model() + ": no picture: " + e.getMessage());
    }
  }

  /** Whether a failure is that of one model, so that the others go on. */
  private static boolean isModelsOwn(FjordException e) {
    return e.key() == ErrorKey.TRAINING_DIVERGED
        || e.key() == ErrorKey.SOLVE_FAILED
        || e.key() == ErrorKey.NON_FINITE;
  }
}
