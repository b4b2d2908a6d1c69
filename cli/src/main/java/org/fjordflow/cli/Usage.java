package org.fjordflow.cli;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Checks of what was given on the command line. */
final class Usage {

  private Usage() {}

  /**
   * Checks that something holds.
   *
   * @param message what was given and what was expected
   * @throws FjordException INVALID_ARGUMENT if it does not hold
   */
  static void require(boolean holds, String message) {
    if (!holds) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, message);
    }
  }
}
