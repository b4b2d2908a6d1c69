package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what a model is and where it comes from, or what computes here. */
@Command(
    name = "info",
    description = {
      "Says what a model is: sizes, parameters, data, training, versions.",
      "Without a model, what computes here: versions, BLAS and its kernel, threads, backends."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  fjord info runs/moons", "  fjord info"})
final class InfoCommand implements Callable<Integer> {
  private final Console console;

  @picocli.CommandLine.Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "a folder that fjord train or fjord import wrote")
  private @Nullable Path folder;

  @Option(names = "--parameters", description = "list every array of parameters")
  private boolean list;

  InfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (folder == null) {
      Usage.require(!list, "--parameters needs a model; give its folder");
      Machine.describe(console);
    } else {
      describe(folder);
    }
    return ExitStatus.DONE;
  }

  private void describe(Path model) {
    ObjectNode about = ModelFolder.describe(model);
    int threads = Runtime.getRuntime().availableProcessors();
    try (Model loaded = ModelFolder.load(model, threads)) {
      console.say("%s: %d parameters", model, loaded.parameters().size());
      if (list) {
        for (Parameters.Entry entry : loaded.parameters().entries()) {
          console.say("  %s %s", entry.parameter().name(), entry.shape());
        }
      }
    }
    for (Map.Entry<String, JsonNode> part : about.properties()) {
      say(part.getKey(), part.getValue(), "");
    }
  }

  private void say(String name, JsonNode value, String indent) {
    if (value instanceof ObjectNode object && !object.isEmpty()) {
      console.say("%s%s:", indent, name);
      object.properties().forEach(entry -> say(entry.getKey(), entry.getValue(), indent + "  "));
    } else if (value.isArray() && value.path(0).isObject()) {
      for (int i = 0; i < value.size(); i++) {
        say(name + " " + (i + 1), value.get(i), indent);
      }
    } else if (!value.isNull()) {
      console.say("%s%s: %s", indent, name, value.isTextual() ? value.asText() : value.toString());
    }
  }
}
