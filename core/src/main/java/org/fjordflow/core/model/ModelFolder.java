package org.fjordflow.core.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.model.internal.Services;
import org.fjordflow.core.model.internal.WeightsFile;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.internal.ModelTensors;

/**
 * A saved model: a folder with {@value #PARAMETERS}, its trained values, and {@value #CONFIG}, a
 * JSON object whose {@code model} is the {@link ModelSpec}. What else that object holds (data,
 * training, versions) is for people and other programs, and is not needed to use the model.
 */
public final class ModelFolder {

  /** Name of the file of trained values. */
  public static final String PARAMETERS = "model.safetensors";

  /** Name of the file of everything else. */
  public static final String CONFIG = "config.json";

  /** The key of the {@link ModelSpec} in {@value #CONFIG}. */
  public static final String MODEL = "model";

  /** The key of the {@link #FORMAT} in {@value #CONFIG}. */
  public static final String FORMAT_KEY = "format";

  /** The key of parameters whose values data have yet to choose, where there are such. */
  public static final String AWAITING = "awaitingData";

  /** The key of what {@value #PARAMETERS} must be: its SHA-256; folders before it have none. */
  public static final String WEIGHTS = "weights";

  /** Format of {@value #CONFIG} as it is written; a file that names none is of format 1. */
  public static final int FORMAT = 2;

  private ModelFolder() {}

  /** Makes a model with initial values. */
  @FunctionalInterface
  public interface Making<M extends Model> {
    /**
     * Makes the model.
     *
     * @param random source of the initial values
     * @param limit how large its parameters may become, by what is to be filled in
     * @throws FjordException INVALID_CONFIGURATION for a larger one
     */
    M of(RandomGenerator random, Parameters.Limit limit);
  }

  /**
   * Saves a model: the folder holds the earlier one or this one at any moment, never a part of
   * each, whatever happens to this process, the disk or the machine.
   *
   * @param folder where to; created where it is missing, files in it are replaced
   * @param model what to save. Not modified.
   * @param about what else to say, by key: records, maps, lists, texts, numbers; {@code model} is
   *     not among the keys
   * @throws FjordException FILE_UNWRITABLE; CONCURRENT_USE if another process or thread saves to
   *     the same folder; CLOSED for a closed model, and nothing is written
   */
  public static void save(Path folder, Model model, Map<String, ?> about) {
    Backend.Lease lease = model.parameters().backend().lease();
    try {
      write(folder, model, about);
    } finally {
      lease.close();
    }
  }

  private static void write(Path folder, Model model, Map<String, ?> about) {
    AtomicFiles.createFolder(folder);
    ObjectNode config = JsonConfig.object();
    config.put(FORMAT_KEY, FORMAT);
    config.set(MODEL, JsonConfig.tree(model.config()));
    if (!model.parameters().awaitingData().isEmpty()) {
      config.set(AWAITING, JsonConfig.tree(model.parameters().awaitingData()));
    }
    for (Map.Entry<String, ?> entry : about.entrySet()) {
      if (config.has(entry.getKey()) || List.of(AWAITING, WEIGHTS).contains(entry.getKey())) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "'" + entry.getKey() + "' is said by the model itself; give what you say another key");
      }
      config.set(entry.getKey(), JsonConfig.tree(entry.getValue()));
    }
    new WeightsFile(folder.resolve(PARAMETERS))
        .replace(
            ModelTensors.of(model.parameters(), Map.of()), folder.resolve(CONFIG), config, WEIGHTS);
  }

  /**
   * Reads a folder as it is at one moment, whoever replaces the model in it meanwhile.
   *
   * @param folder a folder that {@link #save} wrote
   * @return configuration and weights that belong together
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound, or the weights are
   *     not those that the configuration was saved with; UNSUPPORTED for a newer format
   */
  public static Saved read(Path folder) {
    return new Saved(
        folder, new WeightsFile(folder.resolve(PARAMETERS)).read(WEIGHTS, () -> describe(folder)));
  }

  /** What a folder held when it was read: a configuration and the weights that belong to it. */
  public static final class Saved {
    private final Path folder;
    private final WeightsFile.Saved files;

    private Saved(Path folder, WeightsFile.Saved files) {
      this.folder = folder;
      this.files = files;
    }

    /** Returns the content of {@value ModelFolder#CONFIG}, a copy. */
    public ObjectNode describe() {
      return files.config().deepCopy();
    }

    /**
     * Returns the configuration.
     *
     * @throws FjordException as {@link ModelFolder#config(Path)}
     */
    public ModelSpec config() {
      return config(ModelSpec.class);
    }

    /**
     * Returns the configuration.
     *
     * @param type the record that it is
     * @throws FjordException FILE_DAMAGED or INVALID_CONFIGURATION
     */
    public <C extends ModelSpec> C config(Class<C> type) {
      return ModelFolder.config(files.config(), folder, type);
    }

    /**
     * Makes the model.
     *
     * @param create makes one whose parameters have the names and shapes of those saved
     * @return the model that was made, with the saved values; the caller closes it
     * @throws FjordException SHAPE_MISMATCH, listing names, if the two do not belong together;
     *     FILE_DAMAGED if a value is not finite; what {@code create} throws
     */
    public <M extends Model> M load(Making<M> create) {
      M model = ModelFolder.fill(files.weights(), folder.resolve(PARAMETERS).toString(), create);
      List<String> awaiting = new ArrayList<>();
      files.config().path(AWAITING).forEach(name -> awaiting.add(name.asText()));
      try {
        model.parameters().awaitData(awaiting);
        return model;
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    }
  }

  /**
   * Loads a model of which the configuration is known.
   *
   * @param folder a folder that {@link #save} wrote
   * @param create makes the model, whose parameters have the names and shapes of those saved
   * @return the model that was made, with the saved values; the caller closes it
   * @throws FjordException as {@link #read}; SHAPE_MISMATCH, listing names, if file and model do
   *     not belong together; what {@code create} throws
   */
  public static <M extends Model> M load(Path folder, Making<M> create) {
    return read(folder).load(create);
  }

  /**
   * Gives a model the values of a saved one; its configuration stays.
   *
   * @param folder a folder that {@link #save} wrote
   * @param model Modified, unless an exception is thrown.
   * @throws FjordException FILE_MISSING or FILE_DAMAGED; SHAPE_MISMATCH, listing names, if they do
   *     not belong together
   */
  public static void fill(Path folder, Model model) {
    ModelTensors.load(
        read(folder).files.weights(), model.parameters(), folder.resolve(PARAMETERS).toString());
  }

  /**
   * Makes a model with given values.
   *
   * @param tensors all of them. Not modified.
   * @param source what they are called in messages
   * @param create makes the model
   * @return the model that was made, with these values; the caller closes it
   * @throws FjordException SHAPE_MISMATCH, listing names, if they do not belong together;
   *     FILE_DAMAGED if a value is not finite; what {@code create} throws
   */
  public static <M extends Model> M fill(SafetensorsFile tensors, String source, Making<M> create) {
    long values = tensors.tensors().values().stream().mapToLong(t -> t.values().length).sum();
    Parameters.Limit limit = Parameters.Limit.of(values, tensors.tensors().size(), source);
    // The initial values are all replaced; any generator will do.
    M model =
        create.of(new RandomStreams(0).generator(RandomStreams.Purpose.INITIALIZATION), limit);
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
   * @param type the record that it is
   * @return the configuration
   * @throws FjordException FILE_MISSING, FILE_DAMAGED or INVALID_CONFIGURATION
   */
  public static <C extends ModelSpec> C config(Path folder, Class<C> type) {
    return config(describe(folder), folder, type);
  }

  private static <C extends ModelSpec> C config(ObjectNode described, Path folder, Class<C> type) {
    String source = folder.resolve(CONFIG).toString();
    return JsonConfig.value(model(described, source), type, source);
  }

  private static JsonNode model(ObjectNode described, String source) {
    JsonNode model = described.get(MODEL);
    if (model == null || model.isNull()) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, source + " has no '" + MODEL + "'");
    }
    return model;
  }

  /**
   * Reads the configuration of a saved model of any kind.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the configuration
   * @throws FjordException FILE_MISSING; FILE_DAMAGED; INVALID_CONFIGURATION, also if no {@link
   *     ModelKind} on the class path has such a configuration
   */
  public static ModelSpec config(Path folder) {
    return config(folder, ModelSpec.class);
  }

  /**
   * Loads a model of any kind.
   *
   * @param folder a folder that {@link #save} wrote
   * @param threads how many threads it uses at most, the caller's among them
   * @return the model; the caller closes it
   * @throws FjordException as {@link #config(Path)}; SHAPE_MISMATCH, listing names, if file and
   *     configuration do not belong together
   */
  public static Model load(Path folder, int threads) {
    Saved saved = read(folder);
    ModelSpec spec = saved.config();
    return saved.load((random, limit) -> spec.create(random, threads, limit));
  }

  /**
   * Finds the kind of a model's configuration.
   *
   * @param model the value of {@code model} in {@value #CONFIG}. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if no {@link ModelKind} on the class path has such
   *     a configuration
   */
  public static ModelKind kind(JsonNode model) {
    return Services.kind(model);
  }

  /**
   * Reads the configuration of a saved model as JSON.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the value of {@code model} in {@value #CONFIG}
   * @throws FjordException FILE_MISSING or FILE_DAMAGED
   */
  public static JsonNode json(Path folder) {
    return model(describe(folder), folder.resolve(CONFIG).toString());
  }

  /**
   * Reads all that is said about a saved model.
   *
   * @param folder a folder that {@link #save} wrote
   * @return the content of {@value #CONFIG}
   * @throws FjordException FILE_MISSING or FILE_DAMAGED; UNSUPPORTED for a newer format
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
    ObjectNode config = JsonConfig.read(file);
    int unused = format(config, file.toString());
    return config;
  }

  /**
   * Returns the format of a configuration, from 1 to {@link #FORMAT}.
   *
   * @param config the content of {@value #CONFIG}, or part of it. Not modified.
   * @param source what it is called in messages
   * @throws FjordException UNSUPPORTED for a newer format; INVALID_CONFIGURATION for what is none
   */
  public static int format(ObjectNode config, String source) {
    JsonNode given = config.get(FORMAT_KEY);
    if (given == null) {
      return 1;
    }
    String place = source + ": " + FORMAT_KEY;
    ConfigChecks.require(
        given.canConvertToInt() && given.isIntegralNumber() && given.intValue() >= 1,
        place,
        given,
        "a whole number from 1 to " + FORMAT);
    if (given.intValue() > FORMAT) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          place + " is " + given + "; this version reads up to " + FORMAT + ", use a newer one");
    }
    return given.intValue();
  }
}
