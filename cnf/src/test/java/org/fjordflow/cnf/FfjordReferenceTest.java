package org.fjordflow.cnf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.data.TestData;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Values, densities and gradients of models that FFJORD's own code saved. Tight bounds hold against
 * an accurate integration by diffrax, wider ones against the published values, which are only good
 * to some 1e-7; see the README beside the files.
 */
final class FfjordReferenceTest {

  @ParameterizedTest
  @CsvSource({
    "ffjord-2d-exact, discrete, float64",
    "ffjord-2d-exact, continuous, float64",
    "ffjord-2d-exact, discrete, float32",
    "ffjord-3d-two-blocks, discrete, float64",
    "ffjord-3d-two-blocks, continuous, float64",
    "ffjord-3d-two-blocks, discrete, float32",
    "ffjord-5d-hutchinson, discrete, float64",
    "ffjord-5d-hutchinson, continuous, float64",
    "ffjord-5d-hutchinson, discrete, float32"
  })
  void agreesWithTheReference(String name, String adjointName, String dtype) {
    boolean single = dtype.equals("float32");
    double tolerance = single ? 1e-4 : 1e-10;
    double publishedTolerance = single ? 1e-4 : 2e-7;
    double gradientTolerance = single ? 1e-4 : 1e-8;
    double publishedGradientTolerance = single ? 1e-4 : 5e-5;
    SafetensorsFile expected =
        SafetensorsFile.read(TestData.resource("reference/" + name + "/expected.safetensors"));
    SafetensorsFile accurate =
        SafetensorsFile.read(TestData.resource("reference/" + name + "/accurate.safetensors"));
    Adjoint adjoint =
        adjointName.equals("discrete") ? new DiscreteAdjoint() : new ContinuousAdjoint();
    double solverTolerance = single ? 1e-7 : 1e-12;
    try (BuiltModel<ModelConfig> model = load(name, dtype)) {
      int n = 64;
      int dim = model.config().dim();
      Backend backend = model.parameters().backend();
      SolveSettings options =
          model
              .config()
              .solve()
              .withAdjoint(adjoint)
              .withSolver(
                  SolverConfig.adaptive(
                      SolverMethod.DORMAND_PRINCE_853, solverTolerance, solverTolerance));
      Flow flow = replaying(model, options, expected);

      Tape tape = Tape.recording(backend);
      Matrix rows = backend.allocate(n, dim);
      backend.upload(expected.tensor("x").values(), 0, rows);
      Var x = tape.input(rows);
      Pass pass = Pass.training(tape, RandomGenerator.getDefault());
      Transformed z = flow.bijection().forward(pass, x, null);
      double[] end = read(backend, z.value().value());
      assertClose("z", accurate.tensor("z").values(), end, tolerance);
      assertClose("published z", expected.tensor("z").values(), end, publishedTolerance);

      tape.reset();
      x = tape.input(rows);
      model.parameters().zeroGradient();
      Var logProb = flow.logProb(pass, x, null);
      double[] density = read(backend, logProb.value());
      assertClose("log_prob", accurate.tensor("log_prob").values(), density, tolerance);
      double[] published = expected.tensor("log_prob").values();
      assertClose("published log_prob", published, density, publishedTolerance);
      tape.backward(tape.affine(-1, tape.mean(logProb), 0));
      for (Parameters.Entry entry : model.parameters().entries()) {
        String parameter = entry.parameter().name();
        String key = "grad." + parameter;
        double[] gradient = read(backend, entry.parameter().gradient());
        assertRelative(key, accurate.tensor(key).values(), gradient, gradientTolerance);
        assertRelative(key, expected.tensor(key).values(), gradient, publishedGradientTolerance);
      }
      double[] score = read(backend, x.gradient());
      for (int i = 0; i < score.length; i++) {
        score[i] *= -n;
      }
      assertRelative("score", accurate.tensor("score").values(), score, gradientTolerance);
      double[] publishedScore = expected.tensor("score").values();
      assertRelative("published score", publishedScore, score, publishedGradientTolerance);
    }
  }

  private static BuiltModel<ModelConfig> load(String name, String dtype) {
    SafetensorsFile saved =
        SafetensorsFile.read(TestData.resource("reference/" + name + "/model.safetensors"));
    ModelConfig shape =
        switch (name) {
          case "ffjord-2d-exact" -> config(2, List.of(32, 32), "tanh", 1, dtype);
          case "ffjord-3d-two-blocks" -> config(3, List.of(16, 16, 16), "tanh", 2, dtype);
          default -> config(5, List.of(24, 24), "softplus", 1, dtype);
        };
    BuiltModel<ModelConfig> model = shape.create(RandomGenerator.getDefault());
    for (Parameters.Entry entry : model.parameters().entries()) {
      double[] values = saved.tensor(entry.parameter().name()).values();
      model.parameters().backend().upload(values, 0, entry.parameter().value());
    }
    return model;
  }

  private static ModelConfig config(
      int dim, List<Integer> hidden, String activation, int blocks, String dtype) {
    ModelConfig ffjord = ModelConfig.ffjord(dim);
    return ffjord.toBuilder()
        .hidden(hidden)
        .activation(activation)
        .blocks(blocks)
        .endTime(1)
        .dtype(dtype)
        .build();
  }

  /** The model's flow with the reference's probes in each block. */
  private static Flow replaying(
      BuiltModel<ModelConfig> model, SolveSettings options, SafetensorsFile expected) {
    Bijection bijection = model.flow().bijection();
    Collection<Bijection> blocks =
        bijection instanceof Composition composition ? composition.parts() : List.of(bijection);
    List<Bijection> parts = new ArrayList<>();
    for (Bijection block : blocks) {
      SolveSettings used = options;
      if (model.config().dim() == 5) {
        double[] noise = expected.tensor("noise." + parts.size()).values();
        used = options.withTrainingDivergence(Divergence.replayed(1, noise));
      }
      parts.add(((ContinuousFlow) block).withSolve(used));
    }
    return new Flow(model.flow().base(), new Composition(parts), model.flow().backend());
  }

  private static double[] read(Backend backend, Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }

  private static void assertClose(String what, double[] expected, double[] given, double bound) {
    assertEquals(expected.length, given.length, what);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], given[i], bound, what + " at " + i);
    }
  }

  /**
   * Relative to the largest element: small elements of a gradient are differences of large ones.
   */
  private static void assertRelative(String what, double[] expected, double[] given, double bound) {
    double scale = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(expected[i] - given[i]));
    }
    assertTrue(error <= bound * scale, what + ": error " + error + " of " + scale);
  }
}
