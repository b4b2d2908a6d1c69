package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.inference.Constraint.Constrained;

/** Parameters of n draws on a tape, in the user's own units. */
public final class Draws {

  private final Map<String, Constrained> byName;
  private final int rows;

  Draws(Map<String, Constrained> byName, int rows) {
    this.byName = byName;
    this.rows = rows;
  }

  /** Returns the number of draws. */
  public int rows() {
    return rows;
  }

  /**
   * Returns a parameter.
   *
   * @return n x size
   * @throws FjordException INVALID_ARGUMENT if there is none of this name
   */
  public Var get(String name) {
    return find(name).value();
  }

  /**
   * Returns the lower triangular factor L of a correlation matrix L L'.
   *
   * @return n x k k, row by row
   * @throws FjordException INVALID_ARGUMENT if this is no correlation matrix
   */
  public Var factor(String name) {
    Var factor = find(name).factor();
    if (factor == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "parameter '" + name + "' is no correlation matrix");
    }
    return factor;
  }

  private Constrained find(String name) {
    Constrained found = byName.get(name);
    if (found == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no parameter '%s'; there are %s".formatted(name, byName.keySet()));
    }
    return found;
  }

  /** All values side by side, in the order of their names. */
  Var all(Tape tape) {
    List<Var> parts = new ArrayList<>();
    byName.values().forEach(part -> parts.add(part.value()));
    return parts.size() == 1 ? parts.get(0) : tape.concat(parts.toArray(Var[]::new));
  }
}
