package org.fjordflow.core.autodiff;

import java.util.List;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** {@code (a b, a + 2 b)} as an operation with its own reverse. */
final class ProductAndSum {

  private ProductAndSum() {}

  static List<Var> apply(Tape tape, Var a, Var b) {
    return tape.custom(List.of(a, b), outputs(tape, a, b), reverse(tape, a, b));
  }

  /** The same with its own tangent rule. */
  static List<Var> withTangents(Tape tape, Var a, Var b) {
    return tape.custom(
        List.of(a, b),
        outputs(tape, a, b),
        reverse(tape, a, b),
        (own, inputs, outputs, along) -> {
          Var da = along.get(0);
          Var db = along.get(1);
          Var none = own.affine(0, inputs.get(0), 0);
          Var first = da == null ? none : own.multiply(da, inputs.get(1));
          Var second = db == null ? none : own.multiply(inputs.get(0), db);
          Var sum = own.sum(1, da == null ? none : da, 2, db == null ? none : db);
          return List.of(own.add(first, second), sum);
        });
  }

  private static List<Matrix> outputs(Tape tape, Var a, Var b) {
    Backend backend = tape.backend();
    Matrix product = tape.take(a.rows(), a.cols());
    Matrix sum = tape.take(a.rows(), a.cols());
    backend.multiply(1, a.value(), b.value(), 0, product);
    backend.add(1, a.value(), 0, sum);
    backend.add(2, b.value(), 1, sum);
    return List.of(product, sum);
  }

  private static CustomReverse reverse(Tape tape, Var a, Var b) {
    Backend backend = tape.backend();
    return (given, wanted) -> {
      addProduct(backend, given.get(0), b.value(), wanted.get(0));
      addProduct(backend, given.get(0), a.value(), wanted.get(1));
      addScaled(backend, 1, given.get(1), wanted.get(0));
      addScaled(backend, 2, given.get(1), wanted.get(1));
    };
  }

  private static void addProduct(Backend backend, Matrix bar, Matrix x, @Nullable Matrix target) {
    if (target != null) {
      backend.multiply(1, bar, x, 1, target);
    }
  }

  private static void addScaled(
      Backend backend, double alpha, Matrix bar, @Nullable Matrix target) {
    if (target != null) {
      backend.add(alpha, bar, 1, target);
    }
  }
}
