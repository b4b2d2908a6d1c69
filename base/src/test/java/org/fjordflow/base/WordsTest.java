package org.fjordflow.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.fjordflow.base.internal.Suggestions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What words that are not known were probably meant to be. */
final class WordsTest {
  private static final List<String> KNOWN =
      List.of("nsf", "nsf-ar", "realnvp", "sepal length (cm)", "sepal width (cm)", " Age ", "K");

  @ParameterizedTest
  @CsvSource({
    "nsf_ar, nsf-ar",
    "RealNPV, realnvp",
    "AGE, ' Age '",
    "k, K",
    "sepal_width (cm), sepal width (cm)",
    "length, sepal length (cm)",
    "nsf-, nsf",
  })
  void whatIsNearIsSuggested(String given, String meant) {
    assertEquals(Optional.of(meant), Suggestions.nearest(given, KNOWN));
  }

  @ParameterizedTest
  @CsvSource({"glow.json", "x", "''", "'  '", "sepal", "cm"})
  void whatIsFarIsNot(String given) {
    assertEquals(Optional.empty(), Suggestions.nearest(given, KNOWN));
  }

  @Test
  void thoseThereAreAreNamedBehindTheNearest() {
    assertEquals(
        "unknown colour 'gren'; did you mean 'green'? expected one of green, red",
        Suggestions.unknown("colour", "gren", List.of("green", "red")));
    assertEquals(
        "unknown colour 'ultramarine'; expected one of green, red",
        Suggestions.unknown("colour", "ultramarine", List.of("green", "red")));
    assertEquals(" (is it 'red'?)", Suggestions.guess("Red", List.of("green", "red")));
    assertEquals("", Suggestions.guess("ultramarine", List.of("green", "red")));
  }

  /** Words of files may be as long as a file. */
  @Test
  void nobodyTypesAVeryLongWord() {
    String given = "a".repeat(1_000_000);
    assertEquals(Optional.empty(), Suggestions.nearest(given, List.of(given + "b", "a")));
    assertEquals(Optional.of("aa"), Suggestions.nearest("ab", List.of(given, "aa")));
  }
}
