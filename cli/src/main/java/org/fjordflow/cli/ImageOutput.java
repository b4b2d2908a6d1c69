package org.fjordflow.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.report.ImageSheet;
import org.fjordflow.report.PictureWriter;

/**
 * Where images are written to: a sheet of them in one picture, a folder of pictures, or a table
 * with a row for each.
 *
 * @param path of the picture, the folder or the table, told apart by the ending
 */
record ImageOutput(Path path) {

  private static final String PNG = ".png";

  private String name() {
    return String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
  }

  /** Whether it is one picture. */
  boolean isSheet() {
    return name().endsWith(PNG);
  }

  private boolean isFolder() {
    boolean named = !TableFiles.isStream(path.toString()) && !name().contains(".");
    return named || Files.isDirectory(path);
  }

  /**
   * Checks, before anything is computed, that the images can be written there, over nothing that is
   * read, and among no pictures that are none of them.
   *
   * @param names of the images
   * @param inputs files and folders that are read
   * @throws FjordException INVALID_ARGUMENT, naming what is in the way
   */
  void require(List<String> names, Collection<Path> inputs) {
    Outputs.requireOther(path, inputs);
    if (!isSheet() && !isFolder()) {
      requireTable();
    }
    if (!isFolder()) {
      return;
    }
    Set<Path> own = new HashSet<>(files(names));
    own.forEach(file -> Outputs.requireOther(file, inputs));
    inputs.forEach(input -> Outputs.requireApart(path, input));
    for (Path picture : Images.pictures(path)) {
      if (!own.contains(picture)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s holds %s, which is none of these images; name another folder"
                .formatted(path, path.relativize(picture)));
      }
    }
  }

  /** Checks, before anything is computed, that a sheet is no larger than a picture can be. */
  void requireDrawable(ImageShape shape, int images, int across) {
    if (isSheet()) {
      ImageSheet.requireDrawable(shape, images, across);
    }
  }

  /** Checks as {@link #require(List, Collection)}, of so many images that have no names. */
  void require(int images, Collection<Path> inputs) {
    require(isFolder() ? numbered(images) : List.of(), inputs);
  }

  private void requireTable() {
    boolean table =
        TableFiles.isStream(path.toString())
            || Stream.of(".csv", ".csv.gz", ".npy", ".parquet").anyMatch(name()::endsWith);
    Usage.require(
        table,
        path
            + ": images are written as a sheet (.png), a folder of pictures (a name without an"
            + " ending), or rows (.csv, .csv.gz, .npy, .parquet)");
  }

  /** Pictures by the names of the images, of which a.png and a.jpg are two. */
  private List<Path> files(List<String> names) {
    Map<String, Long> bases =
        names.stream().collect(Collectors.groupingBy(ImageOutput::base, Collectors.counting()));
    return names.stream()
        .map(
            image ->
                path.resolve((bases.getOrDefault(base(image), 1L) > 1 ? image : base(image)) + PNG))
        .toList();
  }

  private static String base(String image) {
    return image.replaceFirst("(?i)\\.(png|jpe?g)$", "");
  }

  /**
   * Writes images.
   *
   * @param model of the images
   * @param spec what they stand for
   * @param rows whole numbers. Not modified.
   * @param names of the images, for pictures in a folder
   * @param across images of a line of a sheet
   * @param console where a table goes without a file
   */
  void write(
      FlowModel model,
      ImageSpec spec,
      double[][] rows,
      List<String> names,
      int across,
      Console console) {
    if (isSheet()) {
      PictureWriter.write(path, ImageSheet.draw(spec.shape(), spec.levels(), rows, across));
    } else if (isFolder()) {
      List<Path> files = files(names);
      for (int i = 0; i < rows.length; i++) {
        Path file = files.get(i);
        Path parent = file.getParent();
        if (parent != null) {
          AtomicFiles.createFolder(parent);
        }
        PictureWriter.write(file, ImageSheet.single(spec.shape(), spec.levels(), rows[i]));
      }
    } else {
      try (Tables.Writer writer = TableFiles.writer(path, console)) {
        writer.append(wholeNumbers(model, rows));
        writer.finish();
      }
    }
  }

  /** Rows of levels, written without points. */
  static Table wholeNumbers(FlowModel model, double[][] rows) {
    Table table = model.table(rows);
    List<Table.Type> types = new ArrayList<>();
    for (int j = 0; j < table.columns(); j++) {
      types.add(Table.Type.WHOLE);
    }
    return Table.of(table.namesOrDefault(), types, rows);
  }

  /** Returns names for images that have none, with as many digits each. */
  static List<String> numbered(int n) {
    int digits = Integer.toString(Math.max(0, n - 1)).length();
    return IntStream.range(0, n)
        .mapToObj(i -> String.format(Locale.ROOT, "%0" + digits + "d", i))
        .toList();
  }

  /** Returns the images of a line of a sheet that is about square. */
  static int square(int n) {
    return Math.max(1, (int) Math.ceil(Math.sqrt(n)));
  }
}
