package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the page of a model. */
@Command(
    name = "report",
    description = {
      "Makes a page to look at in a browser, of what a flow has learned: one file that needs no"
          + " network. It shows training, density and samples, columns with data beside samples,"
          + " paths and the bent grid in the plane, calibration on rows held out, and the"
          + " configuration.",
      "The data are looked for by the name that the folder knows, here and beside the folder; where"
          + " they are not there, or have changed, the page shows what the folder has."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord report runs/moons",
      "  fjord report runs/houses --data houses.csv --out houses.html",
      "  fjord report runs/digits --images digits"
    })
final class ReportCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "DIR", description = "a folder that fjord train or fjord compare wrote")
  private Path folder;

  @Option(
      names = "--data",
      paramLabel = "NAME|FILE",
      description = "the data that the model was trained on, or others of the same columns")
  private @Nullable String data;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "where to write the page (default: report.html in the folder)")
  private @Nullable Path out;

  @Mixin private ImageOptions images;

  @Mixin private ReadingOptions reading;

  @Mixin private ThreadsOption threads;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunFolder run = new RunFolder(folder);
    RunPage page = new RunPage(console, run);
    Path file = out == null ? run.page() : out;
    List<Path> inputs = new ArrayList<>(run.model());
    if (data != null) {
      inputs.add(DataSource.path(data));
    }
    Usage.require(
        data == null || !images.isGiven(), "--data and --images are given; leave one of them out");
    inputs.addAll(images.inputs());
    Outputs.requireOther(file, inputs);
    if (page.isComparison()) {
      page.writeComparison(FoundData.ofComparison(folder), file);
      return ExitStatus.DONE;
    }
    try (FlowModel model = FlowModel.load(folder, UnaryOperator.identity(), threads.count())) {
      JsonNode about = ModelFolder.describe(folder);
      Usage.require(
          model.config().images() != null || !images.isGiven(),
          "--images are for models of images; " + folder + " has rows of numbers");
      FoundData found =
          model.config().images() == null
              ? FoundData.of(folder, about, model, data, reading)
              : FoundImages.of(about, model, images);
      found.missing().forEach(text -> console.say("%s", text));
      page.write(model, found.rows(), found.missing(), file);
    }
    return ExitStatus.DONE;
  }
}
