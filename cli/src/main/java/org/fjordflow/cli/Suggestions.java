package org.fjordflow.cli;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What a word that is not known was probably meant to be. */
final class Suggestions {

  /** A letter for every so many may be wrong. */
  private static final int LETTERS_A_SLIP = 3;

  private static final int FEWEST_SLIPS = 2;

  private Suggestions() {}

  /**
   * Returns the nearest of some words, where it is near.
   *
   * @param word what was given
   * @param known what there is
   */
  static Optional<String> nearest(String word, Collection<String> known) {
    String given = word.toLowerCase(Locale.ROOT);
    int slips = Math.max(FEWEST_SLIPS, given.length() / LETTERS_A_SLIP);
    int most = Math.min(slips, given.length() - 1);
    if (most < 1) {
      return Optional.empty();
    }
    LevenshteinDistance distance = new LevenshteinDistance(most);
    String nearest = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : known) {
      int found = distance.apply(given, candidate.toLowerCase(Locale.ROOT));
      if (found >= 0 && found < least) {
        nearest = candidate;
        least = found;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** Returns a question to put before the list of all words, or nothing. */
  static String question(String word, Collection<String> known) {
    return nearest(word, known).map(found -> "did you mean '" + found + "'? ").orElse("");
  }
}
