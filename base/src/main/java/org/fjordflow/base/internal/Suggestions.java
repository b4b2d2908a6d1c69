package org.fjordflow.base.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;

/** What a word that is not known was probably meant to be. */
public final class Suggestions {

  /** A letter for every so many may be wrong. */
  private static final int LETTERS_A_SLIP = 3;

  private static final int FEWEST_SLIPS = 2;

  /** So many letters of a longer name tell it from others. */
  private static final int LETTERS_OF_A_PART = 3;

  /** Nobody types longer ones; a file may hold them. */
  private static final int MOST_LETTERS = 200;

  private Suggestions() {}

  /**
   * Returns the nearest of some words: that with other capitals or blanks around it, else that with
   * the fewest slips where they are few (of as many, that with the same letters), else the only one
   * that the word is a part of.
   *
   * @param word what was given, or null where a file has nothing
   * @param known what there is
   */
  public static Optional<String> nearest(@Nullable String word, Collection<String> known) {
    String given = word == null ? "" : plain(word);
    if (given.isEmpty() || given.length() > MOST_LETTERS) {
      return Optional.empty();
    }
    int slips = Math.max(FEWEST_SLIPS, given.length() / LETTERS_A_SLIP);
    LevenshteinDistance distance = new LevenshteinDistance(Math.min(slips, given.length() - 1));
    String nearest = null;
    int least = Integer.MAX_VALUE;
    List<String> longer = new ArrayList<>();
    for (String candidate : known) {
      String name = plain(candidate);
      if (name.length() > MOST_LETTERS) {
        continue;
      }
      int found = distance.apply(given, name);
      // Of as many slips, letters that changed places are likelier than others.
      boolean swapped = found == least && letters(given).equals(letters(name));
      if (found >= 0 && (found < least || swapped)) {
        nearest = candidate;
        least = found;
      }
      if (given.length() >= LETTERS_OF_A_PART && name.contains(given)) {
        longer.add(candidate);
      }
    }
    return nearest == null && longer.size() == 1
        ? Optional.of(longer.get(0))
        : Optional.ofNullable(nearest);
  }

  private static List<Integer> letters(String word) {
    return word.chars().sorted().boxed().toList();
  }

  private static String plain(String word) {
    return word.strip().toLowerCase(Locale.ROOT);
  }

  /** Returns a question to put before the list of all words, or nothing. */
  public static String question(@Nullable String word, Collection<String> known) {
    return nearest(word, known).map(found -> "did you mean '" + found + "'? ").orElse("");
  }

  /** Returns a question to put behind a word that a file should have, or nothing. */
  public static String guess(@Nullable String word, Collection<String> known) {
    return nearest(word, known).map(found -> " (is it '" + found + "'?)").orElse("");
  }

  /**
   * Says that there is no such word, which one was meant, and which there are.
   *
   * @param what kind of word it is, such as {@code activation}
   * @param word what was given
   * @param known what there is
   */
  public static String unknown(String what, @Nullable String word, Collection<String> known) {
    return "unknown %s '%s'; %sexpected one of %s"
        .formatted(what, word, question(word, known), String.join(", ", known));
  }
}
