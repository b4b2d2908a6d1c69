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
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowModel;
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
      List.of(
          ModelFolder.WEIGHTS, "provenance", "columns", "contextColumns", "versions", "result");

  /** Returns the file of metrics of every step. */
  Path metrics() {
    return path.resolve("metrics.csv");
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

  /** Deletes what an earlier run left, so that nothing of it is taken for one of the next. */
  void clear() {
    List<Path> files = new ArrayList<>(List.of(checkpoint(), metrics()));
    files.add(path.resolve(ModelFolder.PARAMETERS));
    files.add(path.resolve(ModelFolder.CONFIG));
    files.add(page());
    RunPictures.NAMES.forEach(name -> files.add(picture(name)));
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
   * Returns what a run began with that is now gone on with.
   *
   * @param resume whether it is gone on with; a new run has no past
   * @return null if it began with drawn values, or is not known
   */
  Provenance.@Nullable Initial initial(boolean resume) {
    if (!resume || !Files.exists(path.resolve(ModelFolder.CONFIG))) {
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
    about.put("data", config.data());
    about.put("result", result);
    about.put("provenance", provenance);
    about.put("versions", Versions.all());
    model.save(path, about);
  }
}
