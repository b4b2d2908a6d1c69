package org.fjordflow.cli.models;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.model.JsonConfig;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.discrete.DiscreteConfig;

/** The kinds of models there are, told apart by what their JSON says. */
public final class Models {

  /** The key that only discrete models have. */
  private static final String FLOW = "flow";

  private Models() {}

  /** Returns whether JSON says a discrete model. */
  public static boolean isDiscrete(JsonNode model) {
    return model.has(FLOW);
  }

  /** Returns the record that JSON says. */
  static Class<? extends ModelSpec> type(JsonNode model) {
    return isDiscrete(model) ? DiscreteConfig.class : ModelConfig.class;
  }

  /**
   * Reads the configuration of a saved model of any kind.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @throws org.fjordflow.core.FjordException FILE_MISSING, FILE_DAMAGED or INVALID_CONFIGURATION
   */
  public static ModelSpec config(Path folder) {
    JsonNode json = ModelFolder.json(folder);
    return JsonConfig.value(
        json, type(json), folder.resolve(ModelFolder.CONFIG).toString());
  }

  /**
   * Loads a model of any kind.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @param config its configuration, perhaps changed in what leaves names and shapes
   * @param threads how many threads it uses at most
   * @return the model; the caller closes it
   * @throws org.fjordflow.core.FjordException FILE_MISSING, FILE_DAMAGED or SHAPE_MISMATCH
   */
  public static Model load(Path folder, ModelSpec config, int threads) {
    return ModelFolder.load(folder, random -> config.create(random, threads));
  }
}
