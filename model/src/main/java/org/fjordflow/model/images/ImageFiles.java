package org.fjordflow.model.images;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.internal.IdxFiles;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.data.internal.NpzFiles;
import org.fjordflow.core.data.internal.Tensor;
import org.jspecify.annotations.Nullable;

/** Files of many images: arrays, and tables with a row for each. */
final class ImageFiles {

  private static final List<String> LABEL_NAMES = List.of("label", "class", "target", "y");

  /** A cell of a class may be empty; one of a pixel is refused later, with its image. */
  private static final ReadOptions WITH_GAPS =
      ReadOptions.defaults().withMissing(ReadOptions.Missing.KEEP);

  private ImageFiles() {}

  static Images read(String location, Images.Options options) {
    Path path = Path.of(location);
    Images images;
    if (Files.isDirectory(path)) {
      requireUnsaid(location, options);
      images = PictureFolder.read(path, options);
    } else if (PictureFile.isNamed(path)) {
      requireUnsaid(location, options);
      PictureFile picture = PictureFile.read(path, options.levels());
      images =
          new Images(
              picture.shape(),
              picture.levels(),
              new double[][] {picture.values()},
              List.of(String.valueOf(path.getFileName())),
              List.of(),
              new int[] {Images.UNKNOWN});
    } else {
      Tensor array = array(location);
      images =
          array == null
              ? table(location, options)
              : rows(location, shape(location, array, options), array.toRows(), options);
    }
    return options.labels() == null ? images : labelled(images, location, options.labels());
  }

  private static void requireUnsaid(String location, Images.Options options) {
    if (options.shape() != null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, location + " says its size itself; leave out --image");
    }
    if (options.levels() > ImageSpec.GREY_LEVELS) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s: pictures have %d shades, not %d levels"
              .formatted(location, ImageSpec.GREY_LEVELS, options.levels()));
    }
  }

  private static @Nullable Tensor array(String location) {
    String name = location.toLowerCase(Locale.ROOT);
    if (Tables.isIdx(Path.of(location))) {
      return IdxFiles.read(Path.of(location));
    }
    if (name.endsWith(".npy")) {
      return NpyFiles.read(Path.of(location));
    }
    if (name.matches(".*\\.npz(:[^/\\\\]+)?")) {
      int colon = location.length() > name.indexOf(".npz") + 4 ? location.lastIndexOf(':') : -1;
      Path file = Path.of(colon < 0 ? location : location.substring(0, colon));
      List<String> names = NpzFiles.names(file);
      if (colon < 0 && names.size() != 1) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s holds %s; name one of them, as in %s:%s"
                .formatted(file, names, file, names.isEmpty() ? "images" : names.get(0)));
      }
      return NpzFiles.read(file, colon < 0 ? names.get(0) : location.substring(colon + 1));
    }
    return null;
  }

  /** The shape that an array says, or that is given for rows. */
  private static ImageShape shape(String location, Tensor array, Images.Options options) {
    int[] axes = array.shape();
    ImageShape given = options.shape();
    if (axes.length == 0 || axes[0] == 0 || array.values().length == 0) {
      throw new FjordException(ErrorKey.SHAPE_MISMATCH, location + " holds no image");
    }
    boolean said = axes.length == 3 || axes.length == 4;
    ImageShape own =
        said ? new ImageShape(axes[1], axes[2], axes.length == 4 ? axes[3] : 1) : given;
    if (own == null) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s has the shape %s; expected n x height x width (x channels), or rows with --image HxWxC"
              .formatted(location, Arrays.toString(axes)));
    }
    if (given != null && (!given.equals(own) || given.size() != array.values().length / axes[0])) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s has the shape %s; images of %s are n x %d x %d x %d, or rows of %d numbers"
              .formatted(
                  location,
                  Arrays.toString(axes),
                  given,
                  given.height(),
                  given.width(),
                  given.channels(),
                  given.size()));
    }
    requireChannelsLast(location, axes, given != null);
    return own;
  }

  /** PyTorch's order would be read as pictures of three lines. */
  private static void requireChannelsLast(String location, int[] axes, boolean meant) {
    boolean first = axes.length == 4 && (axes[1] == 1 || axes[1] == 3) && axes[3] > 4;
    if (first && !meant) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s has the shape %s, which looks like n x channels x height x width; bring channels to the end, or say --image %dx%dx%d if they are there"
              .formatted(location, Arrays.toString(axes), axes[1], axes[2], axes[3]));
    }
  }

  private static Images table(String location, Images.Options options) {
    if (!Files.exists(Path.of(location))) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such file or folder: " + location);
    }
    ImageShape shape = options.shape();
    if (shape == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          location
              + ": rows do not say what size their images have; give --image HxWxC, such as --image 28x28x1");
    }
    Table table = Tables.read(location, WITH_GAPS);
    int extra = table.columns() - shape.size();
    if (extra != 0 && extra != 1) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s has %d columns; images of %s are %d numbers, and one more column may be the class"
              .formatted(location, table.columns(), shape, shape.size()));
    }
    int label = extra == 0 ? -1 : labelColumn(table);
    int[] pixels = IntStream.range(0, table.columns()).filter(j -> j != label).toArray();
    for (int j : pixels) {
      if (!table.isNumber(j)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s: column %d holds text; expected whole numbers".formatted(location, j + 1));
      }
    }
    Images images = rows(location, shape, table.selectColumns(pixels).rows(), options);
    return label < 0 || !options.labelled()
        ? images
        : labelled(images, location, texts(table, label));
  }

  private static int labelColumn(Table table) {
    return IntStream.range(0, table.names().size())
        .filter(j -> LABEL_NAMES.contains(table.names().get(j).toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElse(table.columns() - 1);
  }

  private static List<String> texts(Table table, int column) {
    return IntStream.range(0, table.rowCount())
        .mapToObj(
            i -> {
              double cell = table.rows()[i][column];
              return table.type(column) instanceof Table.Type.Labels labels && !Double.isNaN(cell)
                  ? labels.labels().get((int) cell)
                  : text(cell);
            })
        .toList();
  }

  private static String text(double cell) {
    if (Double.isNaN(cell)) {
      return "";
    }
    return cell == Math.rint(cell) ? Long.toString((long) cell) : Double.toString(cell);
  }

  private static Images rows(
      String location, ImageShape shape, double[][] rows, Images.Options options) {
    int levels = options.levels() == 0 ? ImageSpec.GREY_LEVELS : options.levels();
    for (int i = 0; i < rows.length; i++) {
      for (double value : rows[i]) {
        if (!(value >= 0 && value < levels && value == Math.rint(value))) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "%s: image %d has the number %s; expected whole numbers from 0 to %d (--levels says how many)"
                  .formatted(location, i, value, levels - 1));
        }
      }
    }
    return unlabelled(shape, levels, rows);
  }

  private static Images unlabelled(ImageShape shape, int levels, double[][] rows) {
    int[] labels = new int[rows.length];
    Arrays.fill(labels, Images.UNKNOWN);
    List<String> names = IntStream.range(0, rows.length).mapToObj(Integer::toString).toList();
    return new Images(shape, levels, rows, names, List.of(), labels);
  }

  private static Images labelled(Images images, String location, String file) {
    Tensor array = array(file);
    if (array == null) {
      Table table = Tables.read(file, WITH_GAPS);
      if (table.columns() != 1) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%s has %d columns; expected one, the class of each image"
                .formatted(file, table.columns()));
      }
      return labelled(images, location + " and " + file, texts(table, 0));
    }
    return labelled(
        images,
        location + " and " + file,
        Arrays.stream(array.values()).mapToObj(ImageFiles::text).toList());
  }

  private static Images labelled(Images images, String source, List<String> labels) {
    if (labels.size() != images.size()) {
      // A csv of one column has no empty cells: a line of nothing is no row.
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: %d images with %d labels%s"
              .formatted(
                  source,
                  images.size(),
                  labels.size(),
                  labels.size() < images.size()
                      ? "; in a csv a class that is not known is written \"\", since lines of nothing are left out"
                      : ""));
    }
    // A cell that is empty says nothing: such an image has no class.
    List<String> classes = ClassNames.of(labels.stream().filter(label -> !label.isEmpty()));
    return new Images(
        images.shape(),
        images.levels(),
        images.rows(),
        images.names(),
        classes,
        labels.stream().mapToInt(classes::indexOf).toArray());
  }
}
