package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A field that a user makes of normalisation, attention, a gather, a softmax and reshapes: its
 * exact trace against differences of its Jacobian, and gradients of its log-likelihood.
 */
final class TransformerFieldTest {

  private static final int ROWS = 3;
  private static final int WIDTH = 4;

  private final Backend backend = new CpuBackend(DType.FLOAT64, 2);
  private final Parameters parameters = new Parameters(backend);
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Parameter embedding = add("embedding", WIDTH, 1);
  private final Parameter shift = add("shift", 1, WIDTH);
  private final Parameter project = add("project", 3 * WIDTH, WIDTH);
  private final Parameter read = add("read", 1, WIDTH);

  private Parameter add(String name, int rows, int cols) {
    double[] values = random.doubles((long) rows * cols, -0.8, 0.8).toArray();
    return parameters.add(name, values, rows, cols);
  }

  @AfterEach
  void close() {
    backend.close();
  }

  /** A transformer over the columns of a row, each of which is a token. */
  private VectorField field(int dim) {
    ColumnIndex reversed =
        ColumnIndex.of(dim, IntStream.range(0, dim).map(i -> dim - 1 - i).toArray());
    return (tape, t, z, context) -> {
      Var turned = tape.gather(tape.multiply(z, tape.affine(1, t, 0.5)), reversed);
      Var tokens = tape.reshape(tape.add(turned, z), z.rows() * dim, 1);
      Var h =
          tape.layer(
              Elementwise.SOFTPLUS, tokens, tape.parameter(embedding), null, tape.parameter(shift));
      Var normal = tape.layerNorm(h, 1e-2);
      Var qkv = tape.layer(Elementwise.IDENTITY, normal, tape.parameter(project), null, null);
      h = tape.add(h, tape.attention(qkv, dim, 2));
      Var out = tape.layer(Elementwise.IDENTITY, h, tape.parameter(read), null, null);
      return tape.subtract(tape.reshape(out, z.rows(), dim), tape.logSumExp(z));
    };
  }

  private ContinuousFlow flow(int dim, SolverConfig solver, Divergence divergence) {
    SolveSettings options =
        SolveSettings.exact().withSolver(solver).withTrainingDivergence(divergence);
    return new ContinuousFlow(dim, 0, field(dim), new EndTime.Fixed(0.7), options);
  }

  private static double[] at(Backend backend, VectorField field, double[] z, int dim) {
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(z, z.length / dim, dim);
    return SmallModels.read(backend, field.at(tape, tape.constant(0.0), x, null).value());
  }

  /** Eight columns and more are traced without products with unit vectors. */
  @ParameterizedTest
  @ValueSource(ints = {3, 8})
  void theExactTraceIsThatOfDifferences(int dim) {
    double[] z = SmallModels.rows(ROWS, dim, SEED);
    double[] expected = new double[ROWS];
    double h = 1e-3;
    double[] places = {-2 * h, -h, h, 2 * h};
    double[] factors = {1 / (12 * h), -8 / (12 * h), 8 / (12 * h), -1 / (12 * h)};
    for (int j = 0; j < dim; j++) {
      for (int p = 0; p < places.length; p++) {
        double[] moved = z.clone();
        for (int i = 0; i < ROWS; i++) {
          moved[i * dim + j] += places[p];
        }
        double[] f = at(backend, field(dim), moved, dim);
        for (int i = 0; i < ROWS; i++) {
          expected[i] += 0.7 * factors[p] * f[i * dim + j];
        }
      }
    }
    // One step of Euler's method is the end time times the field where it begins.
    ContinuousFlow flow = flow(dim, SolverConfig.fixed(SolverMethod.EULER, 1), new ExactTrace());
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.training(tape, new SplittableRandom(SEED));
    Transformed y = flow.forward(pass, tape.constant(z, ROWS, dim), null);
    double[] logDet = SmallModels.logDet(backend, y);
    assertArrayEquals(expected, logDet, 1e-9, "seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({"3, true", "3, false", "8, true"})
  void gradientsOfTheLogLikelihoodAgreeWithFiniteDifferences(int dim, boolean exact) {
    Hutchinson hutchinson = new Hutchinson(ProbeDistribution.RADEMACHER, 2);
    Divergence divergence =
        exact
            ? new ExactTrace()
            : Divergence.replayed(2, hutchinson.draw(ROWS, dim, new SplittableRandom(SEED)));
    SolverConfig solver = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2);
    Flow flow = new Flow(DiagonalNormal.standard(dim), flow(dim, solver, divergence), backend);
    GradientCheck check = new GradientCheck(backend, SEED, "transformer as a field");
    check.input(check.uniform(ROWS, dim, -1, 1));
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(
        1e-7,
        (tape, in) ->
            flow.logProb(Pass.training(tape, new SplittableRandom(SEED)), in.get(0), null));
  }
}
