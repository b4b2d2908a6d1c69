package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;

/** The operands of an operation under test, each reached by the tape in one of several ways. */
final class Operands {

  /** Tangents of the operands that have any. */
  static final int TANGENTS = 2;

  /** How an operand comes to the operation. */
  enum Kind {
    CONSTANT,
    INPUT,
    PARAMETER,
    /** A result of other operations. */
    COMPUTED,
    /** An input with constant tangents. */
    DIRECTED,
    /** A result of other operations whose tangents depend on the input too. */
    CARRIED;

    static final List<Kind> ALL = List.of(values());
    static final List<Kind> WITHOUT_TANGENTS = List.of(CONSTANT, INPUT, PARAMETER, COMPUTED);

    boolean hasTangents() {
      return this == DIRECTED || this == CARRIED;
    }
  }

  /**
   * An operand's shape and range.
   *
   * @param tangents whether the operation allows tangents here
   */
  record Slot(int rows, int cols, double from, double to, boolean tangents) {
    static Slot stacked(int rows, int cols) {
      return new Slot(rows, cols, -1.5, 1.5, true);
    }

    static Slot plain(int rows, int cols) {
      return new Slot(rows, cols, -1.5, 1.5, false);
    }

    Slot within(double newFrom, double newTo) {
      return new Slot(rows, cols, newFrom, newTo, tangents);
    }

    List<Kind> kinds() {
      return tangents ? Kind.ALL : Kind.WITHOUT_TANGENTS;
    }
  }

  private final GradientCheck check;
  private final List<BiFunction<Tape, Iterator<Var>, Var>> sources = new ArrayList<>();

  Operands(GradientCheck check) {
    this.check = check;
  }

  /** Draws one more operand. */
  void add(Slot slot, Kind kind) {
    Matrix value = check.uniform(slot.rows(), slot.cols(), slot.from(), slot.to());
    switch (kind) {
      case CONSTANT -> sources.add((tape, inputs) -> tape.constant(value));
      case PARAMETER -> {
        Matrix gradient = check.backend().allocate(slot.rows(), slot.cols());
        Parameter parameter = new Parameter("p" + sources.size(), value, gradient);
        check.parameter(parameter);
        sources.add((tape, inputs) -> tape.parameter(parameter));
      }
      case INPUT, COMPUTED -> {
        check.input(value);
        sources.add((tape, inputs) -> reached(tape, inputs.next(), kind));
      }
      case DIRECTED, CARRIED -> {
        check.input(withTangents(value), slot.rows());
        sources.add((tape, inputs) -> reached(tape, inputs.next(), kind));
      }
    }
  }

  private Matrix withTangents(Matrix value) {
    Backend backend = check.backend();
    int n = value.rows();
    Matrix stack = check.uniform((1 + TANGENTS) * n, value.cols(), -1, 1);
    backend.copy(value, stack.rows(0, n));
    return stack;
  }

  /** A result of operations that is near x, so that it stays in the range that was drawn from. */
  private static Var reached(Tape tape, Var x, Kind kind) {
    return kind == Kind.COMPUTED || kind == Kind.CARRIED
        ? tape.sum(1, x, 0.05, tape.apply(Elementwise.SIN, x))
        : x;
  }

  /** The operation on these operands, as a function of the check's inputs. */
  GradientCheck.TapeFunction function(BiFunction<Tape, List<Var>, Var> operation) {
    return (tape, inputs) -> {
      Iterator<Var> next = inputs.iterator();
      List<Var> operands = sources.stream().map(source -> source.apply(tape, next)).toList();
      return operation.apply(tape, operands);
    };
  }

  /** Every way of choosing one kind for each slot, but all constants. */
  static List<List<Kind>> combinations(List<Slot> slots) {
    List<List<Kind>> all = List.of(List.of());
    for (Slot slot : slots) {
      List<List<Kind>> longer = new ArrayList<>();
      for (List<Kind> kinds : all) {
        for (Kind kind : slot.kinds()) {
          List<Kind> next = new ArrayList<>(kinds);
          next.add(kind);
          longer.add(next);
        }
      }
      all = longer;
    }
    return all.stream().filter(kinds -> kinds.stream().anyMatch(k -> k != Kind.CONSTANT)).toList();
  }
}
