package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that read images. */
final class ImageOptions {

  private static final Pattern SIZE = Pattern.compile("(\\d{1,5})x(\\d{1,5})(?:x(\\d{1,3}))?");

  @Option(
      names = "--images",
      paramLabel = "DIR|FILE",
      description =
          "images: a folder of .png or .jpg files, whose sub-folders are classes; .idx, .npy,"
              + " .npz[:array] of n x height x width (x channels); .csv, a row each, with --image")
  private @Nullable String location;

  @Option(
      names = "--image",
      paramLabel = "HxWxC",
      description =
          "height, width and channels of the images where a row is one, such as 28x28x1; one more"
              + " column is the class")
  private @Nullable String size;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description = "the class of each image: .idx, .npy, or .csv of one column")
  private @Nullable String labels;

  @Option(names = "--no-labels", description = "leave classes aside")
  private boolean unlabelled;

  @Option(
      names = "--levels",
      paramLabel = "N",
      description =
          "values that a number of an array or a row can have, or shades of pictures, from black to"
              + " white (default: 256)")
  private @Nullable Integer levels;

  /** Whether images are given. */
  boolean isGiven() {
    return location != null;
  }

  /** Returns where the images are. */
  String location() {
    if (location == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no images are given; name a folder or a file with --images");
    }
    return location;
  }

  /** Checks that nothing is said of images where there are none. */
  void refuse() {
    Usage.require(
        size == null && labels == null && !unlabelled && levels == null,
        "--image, --labels, --no-labels and --levels are for --images");
  }

  /** Reads the images. */
  Images read() {
    return read(location());
  }

  /** Reads the images for a model, whose levels they have unless others are said. */
  Images read(ImageSpec spec) {
    int known = spec.levels() > ImageSpec.GREY_LEVELS ? 0 : spec.levels();
    return read(location(), known).as(spec, location());
  }

  /** Reads images as those of the options. */
  Images read(String from) {
    return read(from, 0);
  }

  private Images read(String from, int known) {
    Usage.require(
        labels == null || !unlabelled, "--labels and --no-labels are given; leave one out");
    Usage.require(levels == null || levels >= 2, "--levels is " + levels + "; expected at least 2");
    Images.Options options =
        Images.Options.standard()
            .withShape(shape())
            .withLabels(labels)
            .withLevels(levels == null ? known : levels);
    return Images.read(from, unlabelled ? options.unlabelled() : options);
  }

  private @Nullable ImageShape shape() {
    if (size == null) {
      return null;
    }
    Matcher sizes = SIZE.matcher(size);
    if (!sizes.matches()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--image " + size + "; expected height x width x channels, such as 28x28x1");
    }
    String channels = sizes.group(3);
    return new ImageShape(
        Integer.parseInt(sizes.group(1)),
        Integer.parseInt(sizes.group(2)),
        channels == null ? 1 : Integer.parseInt(channels));
  }

  /** Returns the files and the folder that are read. */
  List<Path> inputs() {
    List<Path> files = new ArrayList<>();
    if (location != null) {
      files.add(DataSource.path(location));
    }
    if (labels != null) {
      files.add(DataSource.path(labels));
    }
    return files;
  }
}
