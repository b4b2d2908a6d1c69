package org.fjordflow.core.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;

/** What {@link Tape} must do on every backend; a test extends this class for each. */
public abstract class TapeContract extends TapeSharingContract {

  @Test
  void customOperationsAgreeWithFiniteDifferences() {
    try (Backend backend = create(DType.FLOAT64)) {
      for (boolean both : new boolean[] {true, false}) {
        Operation.withoutTangents(
                both ? "both outputs" : "second output",
                (tape, v) -> {
                  List<Var> y = ProductAndSum.apply(tape, v.get(0), v.get(1));
                  Var last = tape.apply(Elementwise.TANH, y.get(1));
                  return both ? tape.multiply(y.get(0), last) : last;
                },
                Operands.Slot.plain(3, 2),
                Operands.Slot.plain(3, 2))
            .check(backend);
      }
      Operation.withoutTangents(
              "one operand twice",
              (tape, v) -> ProductAndSum.apply(tape, v.get(0), v.get(0)).get(0),
              Operands.Slot.plain(3, 2))
          .check(backend);
    }
  }

  /** Methods that give what a tape begins with; a parameter's kind of operand stands for them. */
  private static final Set<String> LEAVES =
      Set.of("constant", "input", "inputWithUnits", "parameter", "masked");

  /** Every operation of a tape is a case of this contract, with tangents in all of its operands. */
  @Test
  void everyOperationHasACase() {
    Set<String> operations = new TreeSet<>();
    for (Method method : Tape.class.getMethods()) {
      boolean made = method.getReturnType() == Var.class || method.getReturnType() == List.class;
      if (made && !LEAVES.contains(method.getName())) {
        operations.add(method.getName());
      }
    }
    Stream.of(pairs(), singles(), mixing(), functions(), layers(), moved())
        .flatMap(cases -> cases)
        .filter(Operation::takesTangents)
        .forEach(operation -> operations.remove(operation.method()));
    assertEquals(Set.of(), operations, "operations without a case");
  }

  @Test
  void aValueWithoutTangentsHasZeroDots() {
    try (Backend backend = create(DType.FLOAT64)) {
      Tape tape = Tape.recording(backend);
      Var dots = tape.tangentDots(tape.constant(3), backend.allocate(2, 1), 1);
      double[] values = {7};
      backend.download(dots.value(), values, 0);
      assertArrayEquals(new double[1], values);
      assertFalse(dots.isDifferentiable());
    }
  }

  @Test
  void customReverseIsCalledOnceWithZerosAndNullsWhereItShould() {
    try (Backend backend = create(DType.FLOAT64)) {
      Tape tape = Tape.recording(backend);
      Var x = tape.input(backend.allocate(2, 1));
      Var constant = tape.constant(1);
      List<Integer> calls = new ArrayList<>();
      double[] bars = new double[3];
      List<Var> outputs =
          tape.custom(
              List.of(x, constant),
              List.of(tape.take(1, 1), tape.take(2, 1)),
              (given, wanted) -> {
                calls.add(wanted.indexOf(null));
                backend.download(given.get(0), bars, 0);
                backend.download(given.get(1), bars, 1);
              });
      tape.backward(tape.mean(outputs.get(1)));
      assertEquals(List.of(1), calls);
      assertArrayEquals(new double[] {0, 0.5, 0.5}, bars);
    }
  }

  /** An operation without differentiable operands may still have parameters of its own. */
  @Test
  void customReverseIsCalledWithoutDifferentiableOperands() {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck check =
          new GradientCheck(backend, GradientCheck.defaultSeed(), "custom with a parameter");
      Parameter p = new Parameter("p", check.uniform(2, 2, -1, 1), backend.allocate(2, 2));
      check.parameter(p);
      check.assertGradients(
          1e-8,
          (tape, in) -> {
            Matrix square = tape.take(2, 2);
            backend.multiply(0.5, p.value(), p.value(), 0, square);
            return tape.custom(
                    List.of(),
                    List.of(square),
                    (given, wanted) ->
                        backend.multiply(1, given.get(0), p.value(), 1, p.gradient()))
                .get(0);
          });
    }
  }
}
