package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.Provenance;

/**
 * What a run leaves in its folder beside the model. The configuration file is one that {@code fjord
 * train --model} takes: what is not configuration lies under the keys of {@link #REST}.
 *
 * @param path the folder
 */
record RunFolder(Path path) {

  /** Keys of what is said about a run beside its configuration. */
  static final List<String> REST = List.of("provenance", "columns", "versions", "result");

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

  /** Saves the model with everything about it. */
  void save(
      Model model,
      RunConfig config,
      Provenance provenance,
      List<String> columns,
      Map<String, ?> result) {
    Map<String, Object> about = new LinkedHashMap<>();
    about.put("training", config.training());
    about.put("data", config.data());
    about.put("columns", columns);
    about.put("result", result);
    about.put("provenance", provenance);
    about.put("versions", Versions.all());
    ModelFolder.save(path, model, about);
  }
}
