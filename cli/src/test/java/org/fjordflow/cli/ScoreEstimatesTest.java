package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Estimated log-densities from the command line, in twelve dimensions. */
final class ScoreEstimatesTest {

  private static final int DIM = 12;
  private static final int ROWS = 60;
  private static final RandomStreams STREAMS = new RandomStreams(11);

  @TempDir private Path folder;
  private Path model;
  private Path data;

  @BeforeEach
  void saveAModel() {
    model = folder.resolve("model");
    SolveSettings rk4 =
        SolveSettings.exact().withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3));
    ModelConfig config =
        ModelConfig.mlp(DIM)
            .withDtype("float64")
            .withSolve(
                rk4.withTrainingDivergence(Divergence.of("hutch++", 4))
                    .withEvaluationDivergence(Divergence.of("hadamard", 8)));
    data = folder.resolve("rows.csv");
    try (BuiltModel<ModelConfig> created =
        config.create(STREAMS.generator(Purpose.INITIALIZATION))) {
      double[] parameters = created.parameters().get();
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] *= 2; // so that probes differ
      }
      created.parameters().set(parameters);
      Tables.write(
          data,
          Table.of(
              created.flow().sample(ROWS, Context.none(), STREAMS.generator(Purpose.SAMPLES))));
      ModelFolder.save(model, created, Map.of());
    }
  }

  private Table score(Object... more) {
    Path out = folder.resolve("scores.csv");
    List<Object> words = new ArrayList<>(List.of("score", "--model", model, "--data", data));
    words.addAll(List.of("--out", out));
    words.addAll(List.of(more));
    CommandRun.done(words.toArray());
    return Tables.read(out);
  }

  private CommandRun run(Object... more) {
    Path out = folder.resolve("scores.csv");
    List<Object> words = new ArrayList<>(List.of("score", "--model", model, "--data", data));
    words.addAll(List.of("--out", out));
    words.addAll(List.of(more));
    return CommandRun.of(words.toArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rademacher", "gaussian", "orthogonal", "hadamard", "hutch++"})
  void estimatesAgreeWithTheExactTraceWithinTheirErrors(String name) {
    double[] exact = score().column(0);
    Table estimate = score("--divergence", name, "--probes", 10);
    assertEquals(List.of("log_prob", "standard_error"), estimate.names());
    double errors = 0;
    double told = 0;
    for (int i = 0; i < ROWS; i++) {
      errors += Math.pow(estimate.rows()[i][0] - exact[i], 2) / ROWS;
      told += Math.pow(estimate.rows()[i][1], 2) / ROWS;
    }
    // Each is a mean of 60; their ratio is 1 with a standard deviation near 0.3.
    assertEquals(1, errors / told, 0.9, name);
  }

  @Test
  void aWantedStandardErrorIsHad() {
    double[] exact = score().column(0);
    Table rough = score("--divergence", "hadamard", "--probes", 4);
    double wanted = 0.6 * rms(rough.column(1));
    CommandRun run = run("--standard-error", wanted);
    assertEquals(ExitStatus.DONE, run.status(), run.err());
    assertTrue(run.out().contains("hadamard probes a row"), run.out());
    Table found = Tables.read(folder.resolve("scores.csv"));
    assertEquals(List.of("log_prob", "standard_error"), found.names());
    double[] errors = found.column(0);
    for (int i = 0; i < ROWS; i++) {
      errors[i] -= exact[i];
    }
    assertTrue(rms(errors) < 1.3 * wanted, rms(errors) + " for " + wanted);
    assertTrue(rms(found.column(1)) < 1.3 * wanted, "standard errors");
    double[] finest = score("--standard-error", 1e-12).column(0);
    for (int i = 0; i < ROWS; i++) {
      assertEquals(exact[i], finest[i], 1e-12);
    }
  }

  private static double rms(double[] values) {
    double squares = 0;
    for (double value : values) {
      squares += value * value / values.length;
    }
    return Math.sqrt(squares);
  }

  @Test
  void whatCannotBeIsSaidInOneLine() {
    run("--divergence", "orthogonal", "--probes", 13)
        .assertFailed(ExitStatus.WRONG_INPUT, "13 orthogonal probes in 12 dimensions", "12");
    run("--divergence", "hutch++", "--probes", 1).assertFailed(ExitStatus.WRONG_INPUT, "two");
    run("--divergence", "cauchy").assertFailed(ExitStatus.WRONG_INPUT, "cauchy", "hadamard");
    run("--standard-error", 0).assertFailed(ExitStatus.WRONG_INPUT, "standard error of 0");
    run("--standard-error", 0.1, "--divergence", "hutch++")
        .assertFailed(ExitStatus.WRONG_INPUT, "hutch++", "orthogonal");
    run("--standard-error", 0.1, "--probe-file", data)
        .assertFailed(ExitStatus.WRONG_INPUT, "--probe-file");
  }

  @Test
  void infoSaysTheDivergences() {
    String out = CommandRun.done("info", model).out();
    for (String line : List.of("type: hutch++", "probes: 4", "type: hadamard", "probes: 8")) {
      assertTrue(out.contains(line), line + " in " + out);
    }
  }
}
