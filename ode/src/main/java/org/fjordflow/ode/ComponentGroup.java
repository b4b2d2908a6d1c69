package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * Neighbouring components of a state that belong together, such as positions, or integrals.
 *
 * @param name what an {@link ErrorNorm} calls them
 * @param size number of components, zero or more
 * @param integral whether nothing on the right-hand side depends on them, so that their derivatives
 *     need not be computed at stages that neither the step nor its error estimate gives a weight
 */
public record ComponentGroup(String name, int size, boolean integral) {
  /** The name of the only group of a system that does not tell components apart. */
  public static final String STATE = "state";

  /**
   * Checks the size.
   *
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} if it is negative
   */
  public ComponentGroup {
    if (size < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "The group '" + name + "' has " + size + " components: it must have zero or more.");
    }
  }

  /** Creates a group on which the right-hand side may depend. */
  public ComponentGroup(String name, int size) {
    this(name, size, false);
  }
}
