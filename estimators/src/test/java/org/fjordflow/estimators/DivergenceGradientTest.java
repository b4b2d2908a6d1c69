package org.fjordflow.estimators;

import static org.fjordflow.estimators.Estimation.SEED;

import java.util.stream.Stream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of a divergence along given directions for state, time and parameters: second
 * derivatives of the field.
 */
final class DivergenceGradientTest {

  private static Stream<Divergence> divergences() {
    return Stream.of(
        new ExactTrace(),
        new Hutchinson(ProbeDistribution.RADEMACHER, 1),
        new Hutchinson(ProbeDistribution.GAUSSIAN, 3),
        new Hutchinson(ProbeDistribution.ORTHOGONAL, 2),
        new Hutchinson(ProbeDistribution.HADAMARD, 4),
        new HutchPlusPlus(1, 1),
        new HutchPlusPlus(1, 2));
  }

  @ParameterizedTest
  @MethodSource("divergences")
  void agreesWithFiniteDifferences(Divergence divergence) {
    int n = 4;
    int dim = 3;
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      GradientCheck check = new GradientCheck(backend, SEED, divergence.toString());
      Parameters parameters = new Parameters(backend);
      VectorField field = Estimation.network(parameters, dim, SEED);
      Matrix stack = check.uniform((1 + divergence.directions(dim)) * n, dim, -1, 1);
      Matrix directions = stack.rows(n, stack.rows());
      double[] z = Estimation.rows(n, dim, SEED);
      Divergence.JacobianProducts start = new FieldJacobian(backend, field, 0.3, z, dim, null);
      backend.upload(divergence.draw(n, dim, check.random(), start), 0, directions);
      check.input(check.uniform(1, 1, 0, 1));
      check.input(stack, n);
      parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
      check.assertGradients(
          1e-8,
          (tape, in) ->
              divergence.trace(tape, field.apply(tape, in.get(0), in.get(1), null), directions));
    }
  }
}
