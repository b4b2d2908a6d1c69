package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes noise away from images. */
@Command(
    name = "denoise",
    description =
        "Takes normal noise away from images by a model that was trained with fjord train --noise:"
            + " the mean of the image given the noisy one. The noise is taken to be that of the"
            + " training.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {"  fjord denoise --model runs/digits --images noisy --out clean"})
final class DenoiseCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Mixin private ImageOptions images;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "of a conditional model: the class of all images")
  private @Nullable String label;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE|DIR",
      description = "a folder of pictures, a sheet (.png), or a table (.csv, .npy)")
  private Path out;

  DenoiseCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Path> inputs = new ArrayList<>(model.inputs(null));
    inputs.addAll(images.inputs());
    ImageOutput output = new ImageOutput(out);
    output.require(List.of(), inputs);
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      ImageFlow flow = ImageFlow.of(loaded);
      Images read = images.read(flow.spec());
      if (label != null) {
        Arrays.fill(read.labels(), ImageSampling.label(flow.spec(), label));
      }
      output.require(read.names(), inputs);
      output.requireDrawable(read.shape(), read.size(), ImageOutput.square(read.size()));
      double[][] clean = flow.denoise(read, 0);
      output.write(
          loaded, flow.spec(), clean, read.names(), ImageOutput.square(clean.length), console);
      TableFiles.beside(out, console).say("%d images -> %s", clean.length, out);
    }
    return ExitStatus.DONE;
  }
}
