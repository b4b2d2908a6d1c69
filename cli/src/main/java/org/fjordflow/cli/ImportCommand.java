package org.fjordflow.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.ffjord.FfjordFiles;
import org.fjordflow.core.data.internal.Sha256;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a model folder of what FFJORD's PyTorch code saves. */
@Command(
    name = "import",
    description = "Makes a model of what FFJORD's PyTorch code has trained.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = {
      "  fjord import --ffjord model.safetensors --config config.json --out runs/ffjord",
      "",
      "The tensors are the model's state dict. In Python, after loading a checkpoint:",
      "  from safetensors.torch import save_file",
      "  save_file({k: v.clone().contiguous() for k, v in model.state_dict().items()},",
      "            'model.safetensors')",
      "The configuration says what tensors do not, such as",
      "  {\"hidden\": [64, 64, 64], \"layer\": \"concatsquash\", \"activation\": \"tanh\"}",
      "or holds the arguments of FFJORD's program: json.dump(vars(args), file)."
    })
final class ImportCommand implements Callable<Integer> {
  private final Console console;

  @Option(
      names = "--ffjord",
      required = true,
      paramLabel = "FILE",
      description = "the tensors, as safetensors")
  private Path tensors;

  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "sizes, layer type and activation, as JSON")
  private Path config;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "folder to write the model to")
  private Path out;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      description = "float32 or float64 (default: the tensors' own)")
  private @Nullable String dtype;

  ImportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunFolder folder = new RunFolder(out);
    folder.model().forEach(file -> Outputs.requireOther(file, List.of(tensors, config)));
    return folder.lock().during(this::convert);
  }

  private int convert() {
    try (BuiltModel<ModelConfig> model = FfjordFiles.read(tensors, config, dtype)) {
      int columns = model.config().dim();
      Map<String, Object> about = new LinkedHashMap<>();
      about.put("provenance", Map.of("ffjord", Provenance.Data.file(tensors, 0, columns)));
      about.put("versions", Versions.all());
      save(model, about);
      console.say(
          "%d parameters, %d columns, %s -> %s",
          model.parameters().size(), columns, model.config().dtype(), out);
    }
    return ExitStatus.DONE;
  }

  private void save(BuiltModel<ModelConfig> model, Map<String, Object> about) {
    Path there = out.resolve(ModelFolder.CONFIG);
    String earlier = Files.isRegularFile(there) ? Sha256.of(there) : "";
    try {
      ModelFolder.save(out, model, about);
    } catch (FjordException e) {
      throw !earlier.isEmpty() && earlier.equals(Sha256.of(there))
          ? Outputs.kept(e, "the earlier model is as it was")
          : e;
    }
  }
}
