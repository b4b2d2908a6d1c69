package org.fjordflow.inference;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.inference.ParameterSpace.Constrain;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.RealMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each constraint: Jacobian by finite differences, there and back, what it excludes. */
final class ConstraintTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  /**
   * A space to test.
   *
   * @param coordinates of its values, as many as real numbers: those that its density is of
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Case(String name, ParameterSpace space, int[] coordinates) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(String name, ParameterSpace.Builder builder) {
    ParameterSpace space = builder.build();
    int[] all = new int[space.freeSize()];
    Arrays.setAll(all, i -> i);
    return new Case(name, space, all);
  }

  private static ParameterSpace.Builder space() {
    return ParameterSpace.builder();
  }

  static Stream<Case> cases() {
    return Stream.of(
        of("real", space().real("x", 2)),
        of("positive", space().positive("x", 3)),
        of("above", space().vector("x", 2, new Constraint.Above(-3))),
        of("below", space().vector("x", 2, new Constraint.Below(5))),
        of("interval", space().vector("x", 2, new Constraint.Interval(-1, 4))),
        of("simplex", space().simplex("x", 4)),
        of("simplex of two", space().simplex("x", 2)),
        of("ordered", space().ordered("x", 4)),
        of("ordered one", space().ordered("x", 1)),
        of("correlation of two", space().correlation("x", 2)),
        of("correlation", space().correlation("x", 4)),
        new Case(
            "several",
            space().real("a").simplex("b", 3).positive("c").correlation("d", 3).build(),
            new int[] {0, 1, 2, 4, 5, 6, 7}));
  }

  private double[] values(ParameterSpace space, double[] free) {
    Tape tape = Tape.evaluating(backend);
    Constrain constrain = space.constrain(tape, tape.constant(free, 1, free.length));
    return Elements.of(backend, constrain.draws().all(tape).value());
  }

  private double logJacobian(ParameterSpace space, double[] free) {
    Tape tape = Tape.evaluating(backend);
    Constrain constrain = space.constrain(tape, tape.constant(free, 1, free.length));
    return constrain.logJacobian() == null
        ? 0
        : Elements.of(backend, constrain.logJacobian().value())[0];
  }

  private static double[] draw(int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] free = new double[size];
    Arrays.setAll(free, i -> random.nextDouble(-1.5, 1.5));
    return free;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void jacobianIsThatOfFiniteDifferences(Case of) {
    int dim = of.space().freeSize();
    for (long seed = 1; seed <= 3; seed++) {
      double[] free = draw(dim, seed);
      RealMatrix jacobian = new Array2DRowRealMatrix(dim, dim);
      double h = 1e-5;
      for (int j = 0; j < dim; j++) {
        double[] up = free.clone();
        double[] down = free.clone();
        up[j] += h;
        down[j] -= h;
        double[] above = values(of.space(), up);
        double[] below = values(of.space(), down);
        for (int i = 0; i < dim; i++) {
          int at = of.coordinates()[i];
          jacobian.setEntry(i, j, (above[at] - below[at]) / (2 * h));
        }
      }
      double expected = Math.log(Math.abs(new LUDecomposition(jacobian).getDeterminant()));
      assertEquals(expected, logJacobian(of.space(), free), 1e-8, of + ", seed " + seed);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void goesThereAndBack(Case of) {
    double[] free = draw(of.space().freeSize(), 7);
    double[] values = values(of.space(), free);
    assertEquals(of.space().size(), values.length);
    assertArrayEquals(free, of.space().unconstrain(values), 1e-10);
  }

  @Test
  void valuesAreWhereTheyMayBe() {
    double[] simplex = values(space().simplex("x", 4).build(), draw(3, 2));
    assertEquals(1, Arrays.stream(simplex).sum(), 1e-14);
    assertTrue(Arrays.stream(simplex).allMatch(v -> v > 0));
    assertArrayEquals(
        new double[] {0.25, 0.25, 0.25, 0.25},
        values(space().simplex("x", 4).build(), new double[3]),
        1e-14);
    double[] ordered = values(space().ordered("x", 4).build(), draw(4, 2));
    for (int i = 1; i < 4; i++) {
      assertTrue(ordered[i] > ordered[i - 1]);
    }
    double[] r = values(space().correlation("x", 3).build(), draw(3, 5));
    RealMatrix matrix =
        new Array2DRowRealMatrix(
            new double[][] {{1, r[0], r[1]}, {r[0], 1, r[2]}, {r[1], r[2], 1}});
    double least =
        Arrays.stream(new EigenDecompositionSymmetric(matrix).getEigenvalues()).min().orElseThrow();
    assertTrue(least > 0, "eigenvalue " + least);
  }

  @Test
  void factorOfACorrelationMatrix() {
    ParameterSpace space = space().correlation("x", 3).build();
    double[] free = draw(3, 5);
    Tape tape = Tape.evaluating(backend);
    Draws draws = space.constrain(tape, tape.constant(free, 1, 3)).draws();
    double[] l = Elements.of(backend, draws.factor("x").value());
    double[] r = Elements.of(backend, draws.get("x").value());
    assertEquals(r[0], l[3] * l[0], 1e-14);
    assertEquals(r[1], l[6] * l[0], 1e-14);
    assertEquals(r[2], l[6] * l[3] + l[7] * l[4], 1e-14);
    assertEquals(1, l[6] * l[6] + l[7] * l[7] + l[8] * l[8], 1e-14);
  }

  @Test
  void whatIsExcludedIsNamed() {
    ParameterSpace space = space().positive("tau").simplex("share", 2).build();
    assertEquals(List.of("tau", "share[1]", "share[2]"), space.names());
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> space.unconstrain(new double[] {-1, 0.5, 0.5}), "tau");
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> space.unconstrain(new double[] {1, 0.5, 0.6}), "share");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> space.unconstrain(new double[2]), "tau");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> space().real("x").positive("x"), "x");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> space().interval("x", 2, 1), "2.0 to 1.0");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> space().build(), "without parameters");
  }
}
