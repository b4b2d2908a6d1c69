package org.fjordflow.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fjordflow.cnf.JsonConfig;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that make up a run's configuration. */
final class RunOptions {

  @Option(
      names = "--model",
      paramLabel = "FILE.json",
      description =
          "configuration: {\"model\": {...}, \"training\": {...}, \"data\": {...}}; what it leaves"
              + " out takes defaults. The config.json of an earlier run is one")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "key=value",
      description =
          "one value of the configuration, such as training.batchSize=512,"
              + " model.hidden=64,64,64, layer=concatsquash or learningRate=5e-4; may be repeated."
              + " 'fjord train --data ... --show' lists all keys")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same model, bit for bit (default: 0)")
  private @Nullable Long seed;

  @Option(names = "--steps", paramLabel = "N", description = "steps of training")
  private @Nullable Long steps;

  @Mixin private SolverOptions solver;

  /** Returns how many threads compute at most, as {@link SolverOptions#threads}. */
  int threads() {
    return solver.threads();
  }

  /** Returns the configuration for a source of data. */
  RunConfig resolve(DataSource source) {
    // What is done with the rows, and for how long, decides on defaults, so it is found first.
    RunConfig first = resolve(RunDefaults.of(source));
    RunConfig config = resolve(RunDefaults.of(source, first.data(), first.training().steps()));
    ModelConfig model = config.model();
    if (model.dim() != source.columns() || model.context() != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "model.dim is %d and model.context %d; these data have %d columns, and the command trains without context"
              .formatted(model.dim(), model.context(), source.columns()));
    }
    return config.withModel(model.withSolve(solver.applyTo(model.solve())));
  }

  private RunConfig resolve(RunConfig defaults) {
    ObjectNode tree = (ObjectNode) JsonConfig.tree(defaults);
    String source = "the configuration";
    if (file != null) {
      source = file.toString();
      ObjectNode given = JsonConfig.read(file);
      given.remove(RunFolder.REST);
      JsonConfig.merge(tree, given, source);
    }
    settings.forEach(setting -> RunSettings.set(tree, setting));
    if (seed != null) {
      RunSettings.set(tree, "training.seed=" + seed);
    }
    if (steps != null) {
      RunSettings.set(tree, "training.steps=" + steps);
    }
    return JsonConfig.value(tree, RunConfig.class, source);
  }
}
