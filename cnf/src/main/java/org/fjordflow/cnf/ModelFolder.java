package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.data.AtomicFiles;
import org.fjordflow.core.data.SafetensorsFile;
import org.fjordflow.core.train.ModelTensors;
import org.fjordflow.core.train.RandomStreams;

/**
 * A saved model: a folder with {@value #PARAMETERS}, its trained values, and {@value #CONFIG}, a
 * JSON object whose {@code model} is the {@link ModelConfig}. What else that object holds (data,
 * training, versions) is for people and other programs, and is not needed to use the model.
 */
public final class ModelFolder {

  /** Name of the file of trained values. */
  public static final String PARAMETERS = "model.safetensors";

  /** Name of the file of everything else. */
  public static final String CONFIG = "config.json";

  /** The key of the {@link ModelConfig} in {@value #CONFIG}. */
  public static final String MODEL = "model";

  private ModelFolder() {}

  /**
   * Saves a model. Each file is written whole or not at all.
   *
   * @param folder where to; created where it is missing, files in it are replaced
   * @param model what to save. Not modified.
   * @param about what else to say, by key: records, maps, lists, texts, numbers; {@code model} is
   *     not among the keys
   * @throws FjordException FILE_UNWRITABLE
   */
  public static void save(Path folder, ContinuousModel model, Map<String, ?> about) {
    AtomicFiles.createFolder(folder);
    ObjectNode config = JsonConfig.object();
    config.set(MODEL, JsonConfig.tree(model.config()));
    about.forEach((key, value) -> config.set(key, JsonConfig.tree(value)));
    ModelTensors.of(model.parameters(), Map.of()).write(folder.resolve(PARAMETERS));
    AtomicFiles.writeText(folder.resolve(CONFIG), JsonConfig.text(config));
  }

  /**
   * Loads a model as it was saved.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the model; the caller closes it
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound; SHAPE_MISMATCH,
   *     listing names, if the two do not belong together; INVALID_CONFIGURATION
   */
  public static ContinuousModel load(Path folder) {
    return load(folder, UnaryOperator.identity());
  }

  /**
   * Loads a model with a changed configuration, such as another solver or precision.
   *
   * @param folder a folder that {@link #save} wrote
   * @param change what to change; parameters keep their names and shapes
   * @return the model; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static ContinuousModel load(Path folder, UnaryOperator<ModelConfig> change) {
    return load(folder, change, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Loads a model with a changed configuration, for a number of threads.
   *
   * @param folder a folder that {@link #save} wrote
   * @param change what to change; parameters keep their names and shapes
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @return the model; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static ContinuousModel load(Path folder, UnaryOperator<ModelConfig> change, int threads) {
    ModelConfig config = change.apply(config(folder));
    Path file = folder.resolve(PARAMETERS);
    return create(config, SafetensorsFile.read(file), file.toString(), threads);
  }

  /** Creates a model with given values. */
  static ContinuousModel create(
      ModelConfig config, SafetensorsFile tensors, String source, int threads) {
    // The initial values are all replaced; any generator will do.
    ContinuousModel model =
        ContinuousModel.create(
            config, new RandomStreams(0).generator(RandomStreams.Purpose.INITIALIZATION), threads);
    try {
      ModelTensors.load(tensors, model.parameters(), source);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Reads the configuration of a saved model.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the configuration
   * @throws FjordException FILE_MISSING, FILE_DAMAGED or INVALID_CONFIGURATION
   */
  public static ModelConfig config(Path folder) {
    JsonNode model = describe(folder).get(MODEL);
    String source = folder.resolve(CONFIG).toString();
    if (model == null) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, source + " has no '" + MODEL + "'");
    }
    return JsonConfig.value(model, ModelConfig.class, source);
  }

  /**
   * Reads all that is said about a saved model.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the content of {@value #CONFIG}
   * @throws FjordException FILE_MISSING or FILE_DAMAGED
   */
  public static ObjectNode describe(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such folder: " + folder);
    }
    Path file = folder.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new FjordException(
          ErrorKey.FILE_MISSING,
          folder + " holds no " + CONFIG + "; give a folder that fjord train or import wrote");
    }
    return JsonConfig.read(file);
  }
}
