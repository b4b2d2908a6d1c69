package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** An ordinary differential equation dy/dt = f(t, y) in float64. */
public interface OdeSystem {
  /** Returns the number of components of the state; zero is allowed. */
  int dimension();

  /**
   * Evaluates the right-hand side. Exceptions thrown here end a solve and reach its caller
   * unchanged.
   *
   * @param t time
   * @param y the state, {@link #dimension()} components. Not modified, and not to be kept: the
   *     array is reused
   * @param yDot receives f(t, y). Modified
   */
  void derivatives(double t, double[] y, double[] yDot);

  /**
   * Returns the groups that the state consists of, in the order of components, for an {@link
   * ErrorNorm} to tell them apart. Two groups may have one name, and are then measured alike. By
   * default all components are one group, {@link Group#STATE}.
   */
  default List<Group> groups() {
    return List.of(new Group(Group.STATE, dimension()));
  }

  /**
   * Returns the relative precision with which the right-hand side knows the state: 2^-53 for
   * float64, 2^-24 where it rounds to float32. Tolerances below it are refused, see {@link
   * SolveStatus.Outcome#BELOW_PRECISION}.
   */
  default double precision() {
    return 0x1p-53;
  }

  /**
   * Returns what a message about a failure adds: which component it was, and what the system can
   * say of itself, such as the norm of its parameters. Called after a failure only.
   *
   * @param component index of the worst component, or -1 where there is none
   * @return a part of a line, or nothing
   */
  default String describe(int component) {
    return "";
  }

  /**
   * Neighbouring components of a state that belong together, such as positions, or integrals.
   *
   * @param name what an {@link ErrorNorm} calls them
   * @param size number of components, zero or more
   * @param integral whether nothing on the right-hand side depends on them, so that their
   *     derivatives need not be computed at stages that neither the step nor its error estimate
   *     gives a weight
   */
  record Group(String name, int size, boolean integral) {
    /** The name of the only group of a system that does not tell components apart. */
    public static final String STATE = "state";

    /**
     * Checks the size.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} if it is negative
     */
    public Group {
      if (size < 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "The group '" + name + "' has " + size + " components: it must have zero or more.");
      }
    }

    /** Creates a group on which the right-hand side may depend. */
    public Group(String name, int size) {
      this(name, size, false);
    }
  }
}
