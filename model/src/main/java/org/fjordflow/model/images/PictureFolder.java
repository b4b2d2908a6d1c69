package org.fjordflow.model.images;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** A folder of pictures, or of one folder of pictures for each class. */
final class PictureFolder {

  private PictureFolder() {}

  static Images read(Path folder, Images.Options options) {
    List<Path> files = pictures(folder);
    if (files.isEmpty()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, folder + " holds no picture; expected PNG or JPEG files");
    }
    List<String> classes = options.labelled() ? classes(folder, files) : List.of();
    List<PictureFile> pictures = new ArrayList<>();
    for (Path file : files) {
      PictureFile picture = PictureFile.read(file, options.levels());
      if (!pictures.isEmpty()) {
        requireSame(files.get(0), pictures.get(0), file, picture);
      }
      pictures.add(picture);
    }
    // Colours, where any picture has them.
    boolean grey = pictures.stream().allMatch(picture -> picture.shape().channels() == 1);
    double[][] rows =
        pictures.stream()
            .map(picture -> grey ? picture.values() : picture.inColour().values())
            .toArray(double[][]::new);
    int[] labels =
        files.stream()
            .mapToInt(
                file -> classes.isEmpty() ? Images.UNKNOWN : classes.indexOf(top(folder, file)))
            .toArray();
    return new Images(
        pictures.get(0).shape().withChannels(grey ? 1 : 3),
        pictures.get(0).levels(),
        rows,
        files.stream().map(file -> folder.relativize(file).toString().replace('\\', '/')).toList(),
        classes,
        labels);
  }

  private static void requireSame(Path first, PictureFile a, Path file, PictureFile b) {
    if (a.shape().height() != b.shape().height() || a.shape().width() != b.shape().width()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s has %d x %d pixels (height x width), %s has %d x %d; bring all to one size"
              .formatted(
                  file,
                  b.shape().height(),
                  b.shape().width(),
                  first.getFileName(),
                  a.shape().height(),
                  a.shape().width()));
    }
  }

  /** The pictures in a folder and below it, also behind links, in the order of their names. */
  static List<Path> pictures(Path folder) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path inside, BasicFileAttributes attributes) {
              // Folders such as .cache hold nothing that is meant.
              return !inside.equals(folder) && inside.getFileName().toString().startsWith(".")
                  ? FileVisitResult.SKIP_SUBTREE
                  : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              // A link that leads nowhere is taken too, and refused when it is read.
              if (PictureFile.isNamed(file)) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
              if (e instanceof FileSystemLoopException) {
                return FileVisitResult.CONTINUE; // what is there has been seen
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, "cannot read the folder " + folder + ": " + e, e);
    }
    return files.stream().sorted(Comparator.comparing(Path::toString)).toList();
  }

  /** The names of the folders of classes, numbers in their order; none where all lie together. */
  private static List<String> classes(Path folder, List<Path> files) {
    List<Path> loose = files.stream().filter(file -> folder.equals(file.getParent())).toList();
    if (loose.size() == files.size()) {
      return List.of();
    }
    List<String> classes =
        files.stream()
            .filter(file -> !folder.equals(file.getParent()))
            .map(file -> top(folder, file))
            .distinct()
            .sorted(ClassNames.ORDER)
            .toList();
    if (!loose.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s lies beside folders of classes (%s); put it into one, or learn without classes (--no-labels)"
              .formatted(loose.get(0), String.join(", ", classes)));
    }
    return classes;
  }

  private static String top(Path folder, Path file) {
    return folder.relativize(file).getName(0).toString();
  }
}
