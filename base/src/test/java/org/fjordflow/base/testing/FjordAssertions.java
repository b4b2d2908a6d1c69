package org.fjordflow.base.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.function.Executable;

/** Assertions on the library's exception. */
public final class FjordAssertions {
  private FjordAssertions() {}

  /** Asserts the key, that the message is one line, and that it mentions what it has to. */
  public static void assertFails(ErrorKey key, Executable executable, String... mentioned) {
    FjordException e = assertThrows(FjordException.class, executable);
    assertEquals(key, e.key(), e.getMessage());
    String message = String.valueOf(e.getMessage());
    assertTrue(message.lines().count() == 1, message);
    for (String text : mentioned) {
      assertTrue(message.contains(text), "'" + text + "' in: " + message);
    }
  }
}
