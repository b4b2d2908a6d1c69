package org.fjordflow.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;

/** What is said of images that are read. */
final class ImageTexts {

  private static final int MOST_NAMED = 12;

  private ImageTexts() {}

  /** Says how many images there are, of which size and classes. */
  static String of(Images images) {
    int classes = images.classes().size();
    return "%d %s images of %s (height x width x channels), %d levels%s"
        .formatted(
            images.size(),
            images.shape().channels() == 1 ? "grey" : "coloured",
            images.shape(),
            images.levels(),
            classes == 0
                ? ", no classes"
                : classes > MOST_NAMED
                    ? ", " + classes + " classes"
                    : ", classes " + String.join(", ", images.classes()));
  }

  /** Says what may not be as it was meant, in one line. */
  static Optional<String> remark(Images images, ImageSpec spec) {
    if (images.classes().size() == 1 && spec.classes().isEmpty()) {
      return Optional.of("all images are of one class, so nothing is learned of classes");
    }
    double most = Arrays.stream(images.rows()).flatMapToDouble(Arrays::stream).max().orElse(0);
    return most * 2 < images.levels() - 1
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "the largest level is %.0f of %d; if there are no more, say so with --levels %.0f, since bits per dimension depend on it",
                most,
                images.levels() - 1,
                most + 1))
        : Optional.empty();
  }
}
