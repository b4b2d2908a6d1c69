package org.fjordflow.model.images;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.train.Batch;
import org.jspecify.annotations.Nullable;

/**
 * Images of one size, each a row of whole numbers, and their classes where they are known.
 *
 * @param shape of an image
 * @param levels values that a number can have; numbers are from 0 to levels - 1
 * @param rows an image each, in the order of {@link ImageShape}. Held. Not modified.
 * @param names of the images: paths within a folder, or numbers from 0
 * @param classes names of the classes, empty where nothing is known of classes
 * @param labels the class of each image, from 0; -1 where it is not known. Held. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record Images(
    ImageShape shape,
    int levels,
    double[][] rows,
    List<String> names,
    List<String> classes,
    int[] labels) {

  /** Class of an image of which it is not known. */
  public static final int UNKNOWN = -1;

  /**
   * Checks that all parts belong together.
   *
   * @throws FjordException SHAPE_MISMATCH for other numbers of rows, names and labels, or no image
   */
  public Images {
    names = List.copyOf(names);
    classes = List.copyOf(classes);
    if (rows.length == 0 || names.size() != rows.length || labels.length != rows.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%d images with %d names and %d labels; expected at least one image, and as many of each"
              .formatted(rows.length, names.size(), labels.length));
    }
  }

  /**
   * How files are read.
   *
   * @param shape of an image, where the file does not say it; else null
   * @param labels a file with the class of each image, or null
   * @param levels values of a number, or 0 for 256; of pictures as many shades, evenly from black
   *     to white
   * @param labelled whether sub-folders, and a column of csv behind the pixels, are classes
   */
  public record Options(
      @Nullable ImageShape shape, @Nullable String labels, int levels, boolean labelled) {

    /** Files that say everything themselves. */
    public static Options standard() {
      return new Options(null, null, 0, true);
    }

    /** The same with images of a known size. */
    public Options withShape(@Nullable ImageShape other) {
      return new Options(other, labels, levels, labelled);
    }

    /** The same with classes from a file. */
    public Options withLabels(@Nullable String file) {
      return new Options(shape, file, levels, labelled);
    }

    /** The same with another number of values. */
    public Options withLevels(int count) {
      return new Options(shape, labels, count, labelled);
    }

    /** The same without classes. */
    public Options unlabelled() {
      return new Options(shape, null, levels, false);
    }
  }

  /**
   * Reads images.
   *
   * @param location a folder of PNG or JPEG files, whose sub-folders are classes; one such file;
   *     {@code .idx} or MNIST's names (also {@code .gz}), {@code .npy} or {@code .npz[:array]} of n
   *     x height x width (x channels); {@code .csv} and its like, a row each
   * @return the images; grey ones have one channel
   * @throws FjordException naming the file: FILE_MISSING, FILE_DAMAGED, FILE_FORMAT; SHAPE_MISMATCH
   *     for an empty folder, and for sizes or numbers of labels that differ; INVALID_ARGUMENT for
   *     numbers that are no levels; UNSUPPORTED for 16 bits and for transparency
   */
  public static Images read(String location, Options options) {
    return ImageFiles.read(location, options);
  }

  /** Reads images, as {@link #read(String, Options)}. */
  public static Images read(String location) {
    return read(location, Options.standard());
  }

  /**
   * Returns the pictures of a folder and below it, in the order of their names; none where there is
   * no folder.
   *
   * @throws FjordException FILE_DAMAGED for a folder that cannot be read
   */
  public static List<Path> pictures(Path folder) {
    return Files.isDirectory(folder) ? PictureFolder.pictures(folder) : List.of();
  }

  /** Returns the number of images. */
  public int size() {
    return rows.length;
  }

  /** Returns the classes of the images one hot, or null where nothing is known of classes. */
  public double @Nullable [][] context() {
    if (classes.isEmpty()) {
      return null;
    }
    double[][] context = new double[size()][classes.size()];
    for (int i = 0; i < context.length; i++) {
      if (labels[i] != UNKNOWN) {
        context[i][labels[i]] = 1;
      }
    }
    return context;
  }

  /** Returns the images with their classes as contexts, for training. */
  public Batch batch() {
    double[][] context = context();
    return context == null ? Batch.of(rows) : new Batch(rows, context);
  }

  /** Returns some of the images. */
  public Images select(int[] indices) {
    return new Images(
        shape,
        levels,
        Arrays.stream(indices).mapToObj(i -> rows[i]).toArray(double[][]::new),
        Arrays.stream(indices).mapToObj(names::get).toList(),
        classes,
        Arrays.stream(indices).map(i -> labels[i]).toArray());
  }

  /** Returns at most so many images, evenly spread over all of them. */
  public Images thinned(int most) {
    int n = size();
    return n <= most
        ? this
        : select(IntStream.range(0, most).map(i -> (int) ((long) i * n / most)).toArray());
  }

  /** The same without classes. */
  public Images unlabelled() {
    int[] unknown = new int[size()];
    Arrays.fill(unknown, UNKNOWN);
    return new Images(shape, levels, rows, names, List.of(), unknown);
  }

  /**
   * Images dealt out.
   *
   * @param train at least one
   * @param validation may be null
   * @param test may be null
   */
  public record Parts(Images train, @Nullable Images validation, @Nullable Images test) {}

  /**
   * Deals images out at random.
   *
   * @param validation part of them
   * @param test part of them
   * @param random source of the order
   * @throws FjordException INVALID_ARGUMENT if none are left to train on
   */
  public Parts split(double validation, double test, RandomGenerator random) {
    double[][] numbers = new double[size()][];
    Arrays.setAll(numbers, i -> new double[] {i});
    Table.Split split = Table.Split.random(Table.of(numbers), validation, test, random);
    if (split.train().rowCount() == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d images leave none to train on; give more images, or a smaller part to validate and test on"
              .formatted(size()));
    }
    return new Parts(
        select(indices(split.train())), orNull(split.validation()), orNull(split.test()));
  }

  private @Nullable Images orNull(Table part) {
    return part.rowCount() == 0 ? null : select(indices(part));
  }

  private static int[] indices(Table part) {
    return Arrays.stream(part.rows()).mapToInt(row -> (int) row[0]).toArray();
  }

  /**
   * Returns what a model of these images has to know of them.
   *
   * @param pixels what a flow sees
   * @throws FjordException INVALID_ARGUMENT, naming it, for an image whose class is not known
   *     beside others, and a class without images
   */
  public ImageSpec spec(PixelScale pixels) {
    double[] counts = new double[classes.size()];
    for (int i = 0; i < labels.length && counts.length > 0; i++) {
      if (labels[i] == UNKNOWN) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "image %s has no class, others have; give it one, or learn without classes (--no-labels)"
                .formatted(names.get(i)));
      }
      counts[labels[i]]++;
    }
    List<Double> shares = new ArrayList<>();
    for (int k = 0; k < counts.length; k++) {
      if (counts[k] == 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT, "class '" + classes.get(k) + "' has no image");
      }
      shares.add(counts[k] / size());
    }
    // One class says nothing.
    boolean some = classes.size() > 1;
    return new ImageSpec(
        shape, levels, pixels, 0, null, some ? classes : List.of(), some ? shares : List.of());
  }

  /**
   * Returns the images as a model has them: grey ones in colour for a model of colours, classes by
   * the model's numbers; a class that the model does not know becomes {@link #UNKNOWN}.
   *
   * @param spec of the model
   * @param source where they are from, for messages
   * @throws FjordException SHAPE_MISMATCH for images of another size; INVALID_ARGUMENT for numbers
   *     that the model's levels do not have
   */
  public Images as(ImageSpec spec, String source) {
    boolean grey = shape.channels() == 1 && spec.shape().channels() == 3;
    Images own = grey ? inColour() : this;
    if (!own.shape.equals(spec.shape())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: images of %s; the model has %s".formatted(source, shape, spec.shape()));
    }
    for (int i = 0; i < own.rows.length; i++) {
      for (double value : own.rows[i]) {
        if (value >= spec.levels()) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "%s: image %s has the level %s; the model knows 0 to %d"
                  .formatted(source, names.get(i), value, spec.levels() - 1));
        }
      }
    }
    int[] known =
        Arrays.stream(labels)
            .map(label -> label == UNKNOWN ? UNKNOWN : spec.classes().indexOf(classes.get(label)))
            .toArray();
    return new Images(own.shape, spec.levels(), own.rows, names, spec.classes(), known);
  }

  /** The same with three equal channels. */
  Images inColour() {
    double[][] colours = new double[rows.length][];
    Arrays.setAll(colours, i -> PictureFile.inColour(rows[i]));
    return new Images(shape.withChannels(3), levels, colours, names, classes, labels);
  }
}
