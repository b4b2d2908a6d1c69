package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.ImageFlow;
import org.fjordflow.model.ImageFlow.Sampling;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of samples that are images. */
final class ImageSampling {

  private static final Pattern GRID = Pattern.compile("(\\d{1,4})x(\\d{1,4})");

  @Option(
      names = "--grid",
      paramLabel = "RxC",
      description =
          "of a model of images: lines and columns of a sheet of samples, such as 8x8, in place of"
              + " --n")
  private @Nullable String grid;

  @Option(
      names = "--class",
      paramLabel = "NAME",
      description = "of a conditional model of images: their class (default: all in turn)")
  private @Nullable String label;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description =
          "of a model of images: factor of the deviation of the base; below 1 samples are likelier"
              + " and more alike (default: 1)")
  private @Nullable Double temperature;

  @Option(
      names = "--guidance",
      paramLabel = "W",
      description =
          "of a conditional TarFlow of images: weight of the difference that the class makes"
              + " (default: 0)")
  private @Nullable Double guidance;

  @Option(
      names = "--keep-noise",
      description = "of a model of images that was trained with --noise: leave it in the samples")
  private boolean noisy;

  /** Checks that nothing is said of images where there are none. */
  void refuse(Path folder) {
    Usage.require(
        grid == null && label == null && temperature == null && guidance == null && !noisy,
        "--grid, --class, --temperature, --guidance and --keep-noise are for models of images; "
            + folder
            + " has rows of numbers");
  }

  /** Draws samples and writes them. */
  void run(FlowModel model, @Nullable Integer count, long seed, Path out, Console console) {
    ImageFlow flow = ImageFlow.of(model);
    int[] size = size(count);
    int n = size[0] * size[1];
    Sampling how =
        new Sampling(
            label == null ? Images.UNKNOWN : label(flow.spec(), label),
            temperature == null ? 1 : temperature,
            guidance == null ? 0 : guidance,
            !noisy);
    ImageOutput output = new ImageOutput(out);
    output.require(n, List.of());
    output.requireDrawable(flow.spec().shape(), n, size[1]);
    long start = System.nanoTime();
    double[][] drawn = flow.samples(n, how, seed);
    output.write(model, flow.spec(), drawn, ImageOutput.numbered(n), size[1], console);
    double seconds = (System.nanoTime() - start) * 1e-9;
    TableFiles.beside(out, console).say("%d samples, %s -> %s", n, Console.seconds(seconds), out);
  }

  /** Lines and columns. */
  private int[] size(@Nullable Integer count) {
    if (grid == null) {
      Usage.require(count != null, "give a number of samples with --n, or a sheet with --grid");
      int n = count == null ? 1 : count;
      Usage.require(n >= 1, "--n is " + n + "; expected at least 1");
      int across = ImageOutput.square(n);
      return n % across == 0 ? new int[] {n / across, across} : new int[] {n, 1};
    }
    Usage.require(count == null, "--n and --grid are given; leave one of them out");
    Matcher sizes = GRID.matcher(grid);
    int lines = sizes.matches() ? Integer.parseInt(sizes.group(1)) : 0;
    int columns = sizes.matches() ? Integer.parseInt(sizes.group(2)) : 0;
    Usage.require(
        lines > 0 && columns > 0, "--grid " + grid + "; expected lines x columns, such as 8x8");
    return new int[] {lines, columns};
  }

  /** Finds a class by its name. */
  static int label(ImageSpec spec, String name) {
    int found = spec.classes().indexOf(name);
    if (found < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          spec.classes().isEmpty()
              ? "--class " + name + ", but the model has no classes"
              : Suggestions.unknown("class", name, spec.classes()));
    }
    return found;
  }
}
