package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.model.internal.WeightsFile;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.jspecify.annotations.Nullable;

/**
 * What a run leaves in its folder beside the model. The configuration file is one that {@code fjord
 * train --model} takes: what is not configuration lies under the keys of {@link #REST}.
 *
 * @param path the folder
 */
record RunFolder(Path path) {

  /** Keys of what is said about a run beside its configuration. */
  static final List<String> REST =
      List.of(ModelFolder.WEIGHTS, "provenance", "columns", "contextColumns", "versions", "result");

  /** Returns the file of metrics of every step. */
  Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** Returns the file of metrics of every step of matching that likelihood comes behind. */
  Path matchingMetrics() {
    return path.resolve("matching.csv");
  }

  /** Returns the file that training can be resumed from. */
  Path checkpoint() {
    return path.resolve("checkpoint.safetensors");
  }

  /** Returns the file of the page to look at. */
  Path page() {
    return path.resolve("report.html");
  }

  /** Returns the file of a picture. */
  Path picture(String name) {
    return path.resolve(name + ".png");
  }

  /** Returns the files of the model. */
  List<Path> model() {
    return List.of(path.resolve(ModelFolder.CONFIG), path.resolve(ModelFolder.PARAMETERS));
  }

  /**
   * Checks that no run is lost.
   *
   * @throws FjordException INVALID_ARGUMENT if there is one, finished or not, saying what to do
   */
  void requireUnused() {
    boolean finished = Files.exists(path.resolve(ModelFolder.CONFIG));
    if (finished || Files.exists(checkpoint())) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s holds %s; --resume goes on with it, --overwrite replaces it, or give another --out"
              .formatted(path, finished ? "a run" : "a run that was not finished"));
    }
  }

  /**
   * Keeps other processes out, and removes what those left that were killed.
   *
   * @throws FjordException CONCURRENT_USE, naming the process that trains into the folder
   */
  FolderLock lock() {
    AtomicFiles.createFolder(path);
    if (!Files.isWritable(path)) {
      throw new FjordException(
          ErrorKey.FILE_UNWRITABLE, "cannot write into " + path + ": permission denied");
    }
    FolderLock lock = FolderLock.of(path.resolve(".training.lock"), "trained into");
    try {
      AtomicFiles.removeUnfinished(path);
      new WeightsFile(path.resolve(ModelFolder.PARAMETERS))
          .tidy(path.resolve(ModelFolder.CONFIG), ModelFolder.WEIGHTS);
      return lock;
    } catch (RuntimeException | Error e) {
      lock.close();
      throw e;
    }
  }

  /** Returns the files of a run beside the model, the checkpoint first. */
  private List<Path> besideModel() {
    List<Path> files = new ArrayList<>(List.of(checkpoint(), metrics()));
    files.add(matchingMetrics());
    files.add(page());
    RunPictures.NAMES.forEach(name -> files.add(picture(name)));
    return files;
  }

  /**
   * Checks that a run does not write over what it is trained on.
   *
   * @throws FjordException INVALID_ARGUMENT if the file is one of those that a run leaves
   */
  void requireOther(Path data) {
    List<Path> files = new ArrayList<>(model());
    files.addAll(besideModel());
    files.add(calibration());
    files.forEach(file -> Outputs.requireOther(file, List.of(data)));
  }

  /**
   * Deletes what an earlier run left, the checkpoint first, so that nothing of it is taken for one
   * of the next. Its model stays until the next one is saved in its place.
   */
  void clear() {
    List<Path> files = besideModel();
    files.add(calibration()); // of the model that is replaced
    delete(files);
  }

  /** Deletes what an earlier run left beside the model, which is a detector's now. */
  void clearForDetector() {
    delete(besideModel());
  }

  private Path calibration() {
    return path.resolve(AnomalyDetector.FILE);
  }

  private static void delete(List<Path> files) {
    for (Path file : files) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new FjordException(
            ErrorKey.FILE_UNWRITABLE, "cannot delete " + file + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Whether the folder holds the model of a run as it is when all is done.
   *
   * @param started when the run began
   * @param steps that it made
   * @param tested whether its result has to say how it does on test rows
   */
  boolean holds(String started, long steps, boolean tested) {
    if (!Files.exists(path.resolve(ModelFolder.CONFIG))) {
      return false;
    }
    JsonNode about = ModelFolder.describe(path);
    return about.at("/provenance/started").asText().equals(started)
        && about.at("/result/steps").asLong(-1) == steps
        && (!tested || about.path("result").has("testNll"));
  }

  /** Returns what the run began with whose model the folder holds; null for drawn values. */
  Provenance.@Nullable Initial initial() {
    if (!Files.exists(path.resolve(ModelFolder.CONFIG))) {
      return null;
    }
    JsonNode initial = ModelFolder.describe(path).at("/provenance/initial");
    return initial.isObject()
        ? JsonConfig.value(initial, Provenance.Initial.class, path.toString())
        : null;
  }

  /** Saves the model with everything about it. */
  void save(FlowModel model, RunConfig config, Provenance provenance, Map<String, ?> result) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("training", config.training());
    about.put("objective", config.objective());
    about.put("data", config.data());
    about.put("result", result);
    about.put("provenance", provenance);
    about.put("versions", Versions.all());
    model.save(path, about);
  }
}
