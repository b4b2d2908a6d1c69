package org.fjordflow.core.autodiff;

import java.util.List;
import java.util.function.BiFunction;
import org.fjordflow.core.autodiff.Operands.Kind;
import org.fjordflow.core.autodiff.Operands.Slot;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.testing.GradientCheck;

/**
 * An operation of the tape, or several in sequence, with the operands to test it on.
 *
 * @param name what is tested; begins with the name of the tape's method and a colon, or is that
 *     name, where it is a case for that method
 * @param keepsTangents whether the result has the tangents of the operands
 */
record Operation(
    String name,
    List<Slot> slots,
    boolean keepsTangents,
    BiFunction<Tape, List<Var>, Var> function) {

  private static final double RTOL = 1e-8;

  static Operation of(String name, BiFunction<Tape, List<Var>, Var> function, Slot... slots) {
    return new Operation(name, List.of(slots), true, function);
  }

  static Operation withoutTangents(
      String name, BiFunction<Tape, List<Var>, Var> function, Slot... slots) {
    return new Operation(name, List.of(slots), false, function);
  }

  /** Returns the name of the tape's method that this is a case for, if it is one. */
  String method() {
    return name.split(":", 2)[0];
  }

  /** Returns whether every operand may have tangents. */
  boolean takesTangents() {
    return slots.stream().allMatch(Slot::tangents);
  }

  /** Compares with finite differences for every combination of kinds of operands. */
  void check(Backend backend) {
    check(backend, 1);
  }

  /** The same for one in so many combinations; the last, where all have all, always. */
  void check(Backend backend, int stride) {
    List<List<Kind>> all = Operands.combinations(slots);
    for (int i = all.size() - 1; i >= 0; i -= stride) {
      check(backend, all.get(i));
    }
  }

  /** Compares with finite differences for one kind for each slot. */
  void check(Backend backend, List<Kind> kinds) {
    GradientCheck check =
        new GradientCheck(backend, GradientCheck.defaultSeed(), name + " " + kinds);
    Operands operands = new Operands(check);
    for (int i = 0; i < kinds.size(); i++) {
      operands.add(slots.get(i), kinds.get(i));
    }
    GradientCheck.TapeFunction f = operands.function(function);
    check.assertGradients(RTOL, f);
    if (keepsTangents) {
      check.assertTangents(RTOL, f);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
