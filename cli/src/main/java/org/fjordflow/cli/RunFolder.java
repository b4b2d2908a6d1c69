package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
      List.of("provenance", "columns", "contextColumns", "versions", "result");

  /** Returns the file of metrics of every step. */
  Path metrics() {
    return path.resolve("metrics.csv");
  }

  /** Returns the file that training can be resumed from. */
  Path checkpoint() {
    return path.resolve("checkpoint.safetensors");
  }

  /** Returns the file of a picture. */
  Path picture(String name) {
    return path.resolve(name + ".png");
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
