package org.fjordflow.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.internal.Messages;
import org.junit.jupiter.api.Test;

/** What messages may be made of. */
final class MessagesTest {

  private static String message(String text) {
    return String.valueOf(new FjordException(ErrorKey.INVALID_ARGUMENT, text).getMessage());
  }

  @Test
  void aLongMessageKeepsItsBeginningAndItsEnd() {
    String said = message("expected " + "name, ".repeat(52_000) + "or nothing");
    assertTrue(said.length() < 2_100, said.length() + " characters");
    assertTrue(said.startsWith("expected name, name"));
    assertTrue(said.contains("(310019 characters left out)"), said);
    assertTrue(said.endsWith("name, or nothing"));
  }

  @Test
  void controlCharactersAreEscaped() {
    assertEquals("column '\\u001b[31mred\\u0007'", message("column '\u001b[31mred\u0007'"));
    assertEquals("\\u0000\\u009b\\u202e\\ud83d", message("\u0000\u009b\u202e\ud83d"));
    assertTrue(message("\u0001".repeat(1_000_000)).length() < 4_100);
  }

  @Test
  void otherTextStaysAsItIs() {
    String text = "line 1\tcolumn 'Größe', '\u540d', '\ud83d\ude00'\nline 2";
    assertSame(text, Messages.escaped(text));
    assertEquals(text, message(text));
  }
}
