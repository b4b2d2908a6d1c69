package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fjordflow.cli.models.Models;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says what a model is and where it comes from. */
@Command(
    name = "info",
    description = "Says what a model is: sizes, parameters, data, training, versions.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  fjord info runs/moons")
final class InfoCommand implements Callable<Integer> {
  private final Console console;

  @picocli.CommandLine.Parameters(
      paramLabel = "DIR",
      description = "a folder that fjord train or fjord import wrote")
  private Path folder;

  @Option(names = "--parameters", description = "list every array of parameters")
  private boolean list;

  InfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    ObjectNode about = ModelFolder.describe(folder);
    int threads = Runtime.getRuntime().availableProcessors();
    try (Model model = Models.load(folder, ModelFolder.config(folder), threads)) {
      console.say("%s: %d parameters", folder, model.parameters().size());
      if (list) {
        for (Parameters.Entry entry : model.parameters().entries()) {
          console.say("  %s %s", entry.parameter().name(), entry.shape());
        }
      }
    }
    for (Map.Entry<String, JsonNode> part : about.properties()) {
      say(part.getKey(), part.getValue(), "");
    }
    return ExitStatus.DONE;
  }

  private void say(String name, JsonNode value, String indent) {
    if (value instanceof ObjectNode object && !object.isEmpty()) {
      console.say("%s%s:", indent, name);
      object.properties().forEach(entry -> say(entry.getKey(), entry.getValue(), indent + "  "));
    } else if (!value.isNull()) {
      console.say("%s%s: %s", indent, name, value.isTextual() ? value.asText() : value.toString());
    }
  }
}
