package org.fjordflow.base.internal;

/** Texts made fit for a terminal: of bounded length, and without characters that steer it. */
public final class Messages {
  private static final int MOST = 2_000;
  private static final int TAIL = 400;

  /** Marks, embeddings, overrides and isolates of the bidirectional algorithm. */
  private static final String TURNS =
      "\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069";

  private Messages() {}

  /**
   * Returns a text as it may be shown. Of a long one the middle is left out, which is said.
   *
   * @param text may hold what a file or a user wrote
   */
  public static String bounded(String text) {
    String shown = escaped(shortened(text));
    return shown.length() > 2 * MOST ? shortened(shown) : shown;
  }

  private static String shortened(String text) {
    if (text.length() <= MOST) {
      return text;
    }
    int left = text.length() - MOST;
    return text.substring(0, MOST - TAIL)
        + " ... (%d characters left out) ... ".formatted(left)
        + text.substring(text.length() - TAIL);
  }

  /**
   * Returns a text with escapes in place of control characters, those that turn the direction of
   * writing, and halves of characters; ends of lines and tabulators stay.
   */
  public static String escaped(String text) {
    if (text.codePoints().noneMatch(Messages::isUnfit)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (isUnfit(c)) {
                shown.append("\\u%04x".formatted(c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    return shown.toString();
  }

  private static boolean isUnfit(int c) {
    if (c == '\n' || c == '\r' || c == '\t') {
      return false;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> TURNS.indexOf(c) >= 0;
    };
  }
}
