package org.fjordflow.model.images;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Names of classes. */
final class ClassNames {

  /** Numbers as numbers, before texts. */
  static final Comparator<String> ORDER =
      Comparator.comparing((String name) -> !isNumber(name))
          .thenComparing(name -> isNumber(name) ? Long.parseLong(name) : 0)
          .thenComparing(Comparator.naturalOrder());

  private static final int DIGITS = 18;

  private ClassNames() {}

  private static boolean isNumber(String name) {
    return !name.isEmpty()
        && name.length() <= DIGITS
        && name.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Returns the different names in their order. */
  static List<String> of(Stream<String> labels) {
    return labels.distinct().sorted(ORDER).toList();
  }
}
