package org.fjordflow.bench.peers;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.internal.JsonConfig;

/**
 * A workload in files that every library reads: {@code workload.json}, {@code data.safetensors} and
 * a {@code weights-NAME.safetensors} for each set of weights, with FFJORD's names.
 *
 * @param path the folder
 */
record WorkloadFolder(Path path) {

  /** Rows whose loss and gradient are computed. */
  static final String BATCH = "batch";

  /** One probe for each row of the batch; also of the scored rows where these are estimates. */
  static final String PROBES = "probes";

  /** Rows whose log-densities are computed. */
  static final String SCORED = "scored";

  /** Base points that are mapped to data. */
  static final String BASE = "base";

  /** Returns the file of a set of weights, {@code initial} or {@code trained}. */
  Path weights(String name) {
    return path.resolve("weights-" + name + ".safetensors");
  }

  /** Reads the description. */
  WorkloadDescription description() {
    Path file = descriptionFile();
    return JsonConfig.value(JsonConfig.read(file), WorkloadDescription.class, file.toString());
  }

  /** Returns whether the folder is complete and of this description. */
  boolean holds(WorkloadDescription description) {
    return Files.isRegularFile(descriptionFile()) && description().equals(description);
  }

  /** Writes the description, last of all files: it says that the others are there. */
  void write(WorkloadDescription description) {
    AtomicFiles.writeText(descriptionFile(), JsonConfig.text(JsonConfig.tree(description)));
  }

  /** Reads the data. */
  SafetensorsFile data() {
    return SafetensorsFile.read(dataFile());
  }

  /**
   * Writes the data as float32.
   *
   * @param arrays by name; those without rows are left out
   * @param dim columns of all of them
   */
  void writeData(Map<String, double[][]> arrays, int dim) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    arrays.forEach(
        (name, rows) -> {
          if (rows.length > 0) {
            tensors.put(name, Tensor.float32(RowArrays.flatten(rows, dim, name), rows.length, dim));
          }
        });
    new SafetensorsFile(tensors, Map.of()).write(dataFile());
  }

  private Path descriptionFile() {
    return path.resolve("workload.json");
  }

  private Path dataFile() {
    return path.resolve("data.safetensors");
  }
}
