package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws images between two images. */
@Command(
    name = "interpolate",
    description =
        "Draws the way from one image to another through the base of a model of images: directions"
            + " along a great circle, lengths in equal steps.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  fjord interpolate a.png b.png --model runs/digits --steps 8 --out strip.png"})
final class InterpolateCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "FROM", description = "a .png or .jpg file")
  private Path from;

  @Parameters(index = "1", paramLabel = "TO", description = "another one of the same size")
  private Path to;

  @Mixin private ModelOptions model;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "images in all, both ends among them (default: ${DEFAULT-VALUE})")
  private int steps = 8;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "of a conditional model: the class of the first image, and of the second")
  private @Nullable String label;

  @Option(
      names = "--to-class",
      paramLabel = "NAME",
      description = "the class of the second image (default: that of the first)")
  private @Nullable String toLabel;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE|DIR",
      description = "a strip (.png), a folder of pictures, or a table (.csv, .npy)")
  private Path out;

  InterpolateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Path> inputs = new ArrayList<>(model.inputs(from.toString()));
    inputs.add(to);
    ImageOutput output = new ImageOutput(out);
    output.require(steps, inputs);
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      ImageFlow flow = ImageFlow.of(loaded);
      ImageSpec spec = flow.spec();
      Usage.require(
          label != null || !flow.isConditional(),
          "the model is given the class of an image; say it with --class, one of "
              + String.join(", ", spec.classes()));
      output.requireDrawable(spec.shape(), steps, steps);
      Images first = read(from, spec);
      Images second = read(to, spec);
      int start = label == null ? Images.UNKNOWN : ImageSampling.label(spec, label);
      int end = toLabel == null ? start : ImageSampling.label(spec, toLabel);
      Images two =
          new Images(
              first.shape(),
              first.levels(),
              new double[][] {first.rows()[0], second.rows()[0]},
              List.of(first.names().get(0), second.names().get(0)),
              spec.classes(),
              new int[] {start, end});
      double[][] images = flow.interpolate(two, steps);
      output.write(loaded, spec, images, ImageOutput.numbered(steps), steps, console);
      TableFiles.beside(out, console).say("%d images -> %s", steps, out);
    }
    return ExitStatus.DONE;
  }

  private static Images read(Path file, ImageSpec spec) {
    int levels = spec.levels() > ImageSpec.GREY_LEVELS ? 0 : spec.levels();
    return Images.read(file.toString(), Images.Options.standard().withLevels(levels))
        .as(spec, file.toString());
  }
}
