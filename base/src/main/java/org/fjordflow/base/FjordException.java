package org.fjordflow.base;

import org.fjordflow.base.internal.Messages;
import org.jspecify.annotations.Nullable;

/**
 * The one exception that the library throws on purpose. Its message is a single line that says what
 * was given, what was expected and what to do; its {@link #key()} is what code should look at.
 */
public final class FjordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorKey key;

  /**
   * Creates an exception.
   *
   * @param key what went wrong
   * @param message one line for people
   */
  public FjordException(ErrorKey key, String message) {
    this(key, message, null);
  }

  /**
   * Creates an exception with a cause.
   *
   * @param key what went wrong
   * @param message one line for people; of a long one the middle is left out, and control
   *     characters are escaped
   * @param cause the exception behind this one, or null
   */
  public FjordException(ErrorKey key, String message, @Nullable Throwable cause) {
    super(Messages.bounded(message), cause);
    this.key = key;
  }

  /** Returns what went wrong. */
  public ErrorKey key() {
    return key;
  }
}
