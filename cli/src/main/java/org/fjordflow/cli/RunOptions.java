package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cli.compare.Budget;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.ImageRecipe;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.fjordflow.model.images.VariationalNoise;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that make up a run's configuration. */
final class RunOptions {

  private static final String UNIFORM = "uniform";
  private static final String VARIATIONAL = "variational";

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE.json",
      description =
          "what is trained: continuous flows ffjord, mlp, ot-flow; discrete flows maf, iaf,"
              + " realnvp, nice, glow, nsf, nsf-ar, tarflow, planar, radial, sylvester (default: nsf for"
              + " tables, glow for images, ffjord for densities, and a matched network for moons); of"
              + " images ffjord, unet, glow, tarflow, maf, nsf, nsf-ar. Or a configuration: {\"model\": {...}, \"training\": {...},"
              + " \"data\": {...}}; what it leaves out takes defaults. The config.json of an earlier"
              + " run is one")
  private @Nullable String given;

  @Option(
      names = "--objective",
      paramLabel = "NAME",
      description =
          "what continuous flows are trained by: likelihood (the default but for moons), matching"
              + " (flow matching, which solves nothing), or matching+likelihood, one after the other;"
              + " its parts are set by --set path=target and the like")
  private @Nullable String objective;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "one value of the configuration, such as training.batchSize=512,"
              + " model.hidden=64,64,64, layer=concatsquash or learningRate=5e-4; may be repeated."
              + " 'fjord train --data ... --show' lists all keys")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--steer",
      paramLabel = "B",
      description =
          "random end times of continuous flows in likelihood training (STEER): each solve ends at a"
              + " time drawn uniformly from T - B T to T + B T, with B from 0 to below 1; evaluations"
              + " end at T")
  private @Nullable Double steer;

  @Option(
      names = "--smooth",
      paramLabel = "WIDTH[:COLUMNS]",
      description =
          "normal noise on the rows in training, for columns where a density has no bound: scott"
              + " (Scott's rule) or a number of deviations, of all columns or of those named")
  private @Nullable String smooth;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same model, bit for bit (default: 0)")
  private @Nullable Long seed;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "steps of training in all (default for rows of a file: until validation does not improve"
              + " any more, or the time is over)")
  private @Nullable Long steps;

  @Option(
      names = "--time",
      paramLabel = "T",
      description =
          "end training after a time such as 90s, 5m or 1.5h, or none for no limit (default for rows"
              + " of a file: 5m, unless --steps is given)")
  private @Nullable String time;

  @Option(
      names = "--pixels",
      paramLabel = "SCALE",
      description =
          "what a flow sees of the levels of images: logit or logit:ALPHA, scaled or"
              + " scaled:LOWER:UPPER (default: by the model; scaled where --noise is given)")
  private @Nullable String pixels;

  @Option(
      names = "--noise",
      paramLabel = "S",
      description =
          "train on images with normal noise of this deviation on what the flow sees, in place of"
              + " uniform noise within a level: samples are better once denoised, and there are no"
              + " bits per dimension (0.1 on a scale from -1 to 1 is TarFlow's)")
  private @Nullable Double noise;

  @Option(
      names = "--dequantize",
      paramLabel = "NOISE",
      description =
          "noise that puts the levels of images on the line: uniform, or variational, drawn by a"
              + " small flow that sees the image and is trained with the model: fewer bits per"
              + " dimension, longer steps (default: uniform)")
  private @Nullable String dequantize;

  @Mixin private SolverOptions solver;

  /** Returns how many threads compute at most, as {@link SolverOptions#threads}. */
  int threads() {
    return solver.threads();
  }

  /**
   * Returns the configuration for a source of data.
   *
   * @param source of the data
   * @param from folder of the model that it begins with, whose configuration stands for one that is
   *     not given; or null
   */
  RunConfig resolve(DataSource source, @Nullable Path from) {
    if (source instanceof DataSource.Pictures pictures) {
      return resolve(pictures, from);
    }
    Recipe recipe = given == null ? null : Recipe.find(given).orElse(null);
    ObjectNode file = given == null || recipe != null ? null : read(given);
    if (given == null && from != null) {
      file = as(from);
    }
    if (file != null && isDiscrete(file.path(ModelFolder.MODEL))) {
      recipe = Recipe.MAF; // for what the file leaves out
    } else if (file != null && source instanceof DataSource.Rows) {
      recipe = Recipe.FFJORD;
    }
    // What is done with the rows, and for how long, decides on defaults, so it is found first.
    String name = given != null ? given : file != null ? String.valueOf(from) : "the configuration";
    Kind kind = kind(source, file);
    RunConfig first = resolve(RunDefaults.of(source, recipe, kind), file, name);
    long length = first.training().steps();
    RunConfig config =
        resolve(RunDefaults.of(source, recipe, kind, first.data(), length), file, name);
    FlowSpec model = config.model();
    if (model.dim() != source.columns() || model.context() != source.context()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the model has %d columns and a context of %d; these data have %d and %d"
              .formatted(model.dim(), model.context(), source.columns(), source.context()));
    }
    if (source instanceof DataSource.Rows rows) {
      model = model.withTable(rows.plan().specOrNull());
    }
    boolean unknown = source instanceof DataSource.Rows rows && rows.source() != null;
    requireSource(config, unknown);
    FlowSpec chosen = unknown ? model.withBase(new BaseConfig.Source()) : model;
    if (model.continuous().isEmpty()) {
      solver.refuse("the model");
    }
    FlowSpec solved = chosen.withSolve(solver.change()::applyTo);
    return config.withModel(steer == null ? solved : steered(solved, steer, config));
  }

  private static FlowSpec steered(FlowSpec model, double steer, RunConfig config) {
    Usage.require(
        !model.continuous().isEmpty(),
        "--steer is for continuous flows; the model is a discrete flow, which is not solved");
    Usage.require(
        config.objective().kind() != Kind.MATCHING,
        "--steer is for training by likelihood, and matching solves nothing; give --objective likelihood or matching+likelihood, or leave out --steer");
    return model.withSolve(solve -> solve.withSteer(steer));
  }

  private RunConfig resolve(DataSource.Pictures pictures, @Nullable Path from) {
    ImageRecipe named = given == null ? null : ImageRecipe.find(given).orElse(null);
    ObjectNode file = given == null || named != null ? null : read(given, ImageRecipe.names());
    if (given == null && from != null) {
      file = as(from);
    }
    ImageRecipe recipe = named == null ? ImageRecipe.GLOW : named;
    String name = given != null ? given : file != null ? String.valueOf(from) : "the configuration";
    JsonNode said = file == null ? MissingNode.getInstance() : file.at("/objective/kind");
    Kind kind =
        objective != null
            ? Kind.of(objective)
            : said.isTextual() ? Kind.of(said.asText()) : recipe.objective();
    TrainingObjective by = TrainingObjective.of(kind);
    DataConfig data = RunDefaults.ofImages(pictures, recipe);
    RunConfig first = resolve(RunDefaults.ofImages(pictures, recipe, by, data, 0), file, name);
    long length = first.training().steps();
    RunConfig config =
        resolve(RunDefaults.ofImages(pictures, recipe, by, first.data(), length), file, name);
    requireImages(config.model().images(), pictures);
    if (config.model().continuous().isEmpty()) {
      solver.refuse("the model");
    }
    return config.withModel(config.model().withSolve(solver.change()::applyTo));
  }

  private static void requireImages(@Nullable ImageSpec model, DataSource.Pictures pictures) {
    if (model == null) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, "this model is not one of images; leave out --images");
    }
    Images own = pictures.images().as(model, pictures.location());
    if (!model.classes().equals(pictures.spec().classes())
        || !own.shape().equals(pictures.images().shape())) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "the model has images of %s with the classes %s; these are of %s with %s"
              .formatted(
                  model.shape(),
                  model.classes(),
                  pictures.images().shape(),
                  pictures.spec().classes()));
    }
  }

  /** Checks that nothing is said of images where there are none. */
  void refuseImages() {
    Usage.require(
        pixels == null && noise == null && dequantize == null,
        "--pixels, --noise and --dequantize are for --images");
  }

  private static void requireSource(RunConfig config, boolean unknown) {
    Usage.require(
        !unknown || config.objective().kind() == Kind.MATCHING,
        "the density of a --source is unknown, so that a flow from it is trained by matching; leave out --objective "
            + config.objective().kind().id());
    Usage.require(
        unknown || !(config.model().base() instanceof BaseConfig.Source),
        "this model carries one sample to another: give the one with --source");
  }

  /** What the command line or else the file says that the model is trained by, or the default. */
  private Kind kind(DataSource source, @Nullable ObjectNode file) {
    if (objective != null) {
      return Kind.of(objective);
    }
    if (source instanceof DataSource.Rows rows && rows.source() != null) {
      return Kind.MATCHING;
    }
    if (file == null) {
      return given == null ? RunDefaults.objective(source) : Kind.LIKELIHOOD;
    }
    JsonNode said = file.at("/objective/kind");
    return said.isTextual() ? Kind.of(said.asText()) : Kind.LIKELIHOOD;
  }

  /**
   * Returns what is to be said about the model that is trained, by its name, in one line.
   *
   * @param config as {@link #resolve} made it
   */
  Optional<String> remark(RunConfig config) {
    boolean normal = config.model().base() instanceof BaseConfig.Normal;
    return given == null || !normal
        ? Optional.empty()
        : Recipe.find(given)
            .flatMap(recipe -> recipe.remark(config.model().dim(), config.model().context()));
  }

  /** Of a continuous model, which is the default, a file may say anything or nothing. */
  private static boolean isDiscrete(JsonNode model) {
    return EarlierModels.isDiscrete(model);
  }

  /** A saved model as it is, its standardisation too. */
  private ObjectNode as(Path folder) {
    ObjectNode about = ModelFolder.describe(folder);
    about.retain(ModelFolder.FORMAT_KEY, ModelFolder.MODEL);
    about.putObject("data").put("standardize", false);
    return present(about, folder.toString());
  }

  /** What a file of any format says, under present names and without what is no configuration. */
  private ObjectNode present(ObjectNode file, String source) {
    boolean first = ModelFolder.format(file, source) == 1;
    if (file.get(ModelFolder.MODEL) instanceof ObjectNode model) {
      file.set(ModelFolder.MODEL, present(model, first, source));
    }
    file.remove(ModelFolder.FORMAT_KEY);
    file.remove(RunFolder.REST);
    return file;
  }

  private ObjectNode present(ObjectNode model, boolean formatOne, String source) {
    try {
      return EarlierModels.present(model, formatOne, method());
    } catch (FjordException e) {
      throw new FjordException(e.key(), source + ": " + e.getMessage(), e);
    }
  }

  /** The method that the command line names for training and evaluations, or null. */
  private @Nullable SolverMethod method() {
    String name = solver.method();
    return name == null ? RunSettings.method(settings) : SolverMethod.of(name);
  }

  private ObjectNode read(String location) {
    return read(location, Recipe.names());
  }

  private ObjectNode read(String location, String names) {
    Path path = Path.of(location);
    if (!Files.exists(path)) {
      throw new FjordException(
          ErrorKey.FILE_MISSING,
          "no model and no file '%s'; %sthe models are %s"
              .formatted(
                  location, Suggestions.question(location, List.of(names.split(", "))), names));
    }
    return present(JsonConfig.read(path), location);
  }

  private RunConfig resolve(RunConfig defaults, @Nullable ObjectNode file, String source) {
    ObjectNode tree = (ObjectNode) JsonConfig.tree(defaults);
    if (file != null) {
      JsonConfig.merge(tree, file, source);
      TypeDefaults.complete(tree);
    }
    List<String> all = new ArrayList<>(settings);
    if (steps != null) {
      all.add(0, "training.steps=" + steps); // which a schedule that is named alone is spread over
    }
    if (dequantize != null) {
      all.add(0, "model.images.variational=" + noise(dequantize)); // whose sizes may be set
    }
    if (smooth != null) {
      all.add("data.noise=\"" + smooth + "\"");
    }
    if (seed != null) {
      all.add("training.seed=" + seed);
    }
    if (steps != null) {
      all.add("training.steps=" + steps);
    }
    if (objective != null) {
      all.add("objective.kind=" + objective);
    }
    if (pixels != null) {
      all.add("model.images.pixels=" + PixelScale.of(pixels));
    } else if (noise != null) {
      // A deviation has one meaning for dark and for grey pixels on this scale only.
      all.add("model.images.pixels=" + PixelScale.scaled());
    }
    if (noise != null) {
      all.add("model.images.noise=" + noise);
    }
    if (time != null) {
      double seconds = List.of("0", "none").contains(time) ? 0 : Budget.time(time).seconds();
      all.add("training.timeLimit=" + seconds);
    }
    return JsonConfig.value(RunSettings.apply(tree, all), RunConfig.class, source);
  }

  /** The flow of noise within levels, as JSON; null for uniform noise. */
  private static String noise(String name) {
    return switch (name) {
      case UNIFORM -> "null";
      case VARIATIONAL -> JsonConfig.tree(VariationalNoise.standard()).toString();
      default ->
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              Suggestions.unknown("noise within levels", name, List.of(UNIFORM, VARIATIONAL)));
    };
  }
}
