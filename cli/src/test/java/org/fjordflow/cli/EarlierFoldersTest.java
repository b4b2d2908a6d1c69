package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders that an earlier version wrote, as it wrote them, are loaded and score as they did then.
 * They come from {@code fjord train --data moons --steps 5 --threads 1 --set hidden=8,8} and, with
 * {@code --model nsf --set flow.hidden=8,8 --set flow.layers=2}, of a discrete flow; the scores
 * from {@code fjord score}, of the continuous one with {@code --method rk4 --solver-steps 20}:
 * equal steps stay as they are when step control becomes another.
 */
final class EarlierFoldersTest {

  /** Of log-densities in float32; products may be rounded otherwise on another processor. */
  private static final double TOLERANCE = 1e-5;

  @TempDir Path folder;

  private static Path earlier(String kind) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(EarlierFoldersTest.class.getResource("/models/" + kind)).toURI());
  }

  /** Rows of x, y and log_prob, behind a header. */
  private static double[][] scores(String kind) throws IOException, URISyntaxException {
    List<String> lines = Files.readAllLines(earlier(kind).resolve("scores.csv"));
    return lines.stream()
        .skip(1)
        .map(line -> Arrays.stream(line.split(",", -1)).mapToDouble(Double::parseDouble).toArray())
        .toArray(double[][]::new);
  }

  @ParameterizedTest
  @ValueSource(strings = {"continuous", "discrete"})
  void theLibraryLoadsThem(String kind) throws Exception {
    if (ModelFolder.config(earlier(kind)) instanceof ModelConfig continuous) {
      assertEquals(ModelConfig.builder(2).hidden(8, 8).backend("cpu").build(), continuous);
    }
    SolverConfig rk4 = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 20);
    UnaryOperator<FlowSpec> change = spec -> spec.withSolve(solve -> solve.withSolver(rk4));
    try (FlowModel model = FlowModel.load(earlier(kind), change, 2)) {
      double[][] rows = scores(kind);
      double[][] points = new double[rows.length][];
      for (int i = 0; i < rows.length; i++) {
        points[i] = new double[] {rows[i][0], rows[i][1]};
      }
      double[] logProb = model.logProb(points);
      for (int i = 0; i < rows.length; i++) {
        assertEquals(rows[i][2], logProb[i], TOLERANCE, "row " + i);
      }
    }
  }

  /** As a configuration and as what a run begins with. */
  @ParameterizedTest
  @ValueSource(strings = {"continuous", "discrete"})
  void theCommandTrainsWithThem(String kind) throws Exception {
    Path config = earlier(kind).resolve(ModelFolder.CONFIG);
    CommandRun shown = CommandRun.done("train", "--data", "moons", "--show", "--model", config);
    CommandRun begun =
        CommandRun.done("train", "--data", "moons", "--show", "--from", earlier(kind));
    FlowSpec expected = FlowSpec.of(ModelFolder.config(earlier(kind)));
    for (CommandRun run : List.of(shown, begun)) {
      var model = JsonConfig.parse(run.out(), "shown").get(ModelFolder.MODEL);
      assertEquals(expected, JsonConfig.value(model, FlowSpec.class, "shown"));
    }
    Path out = folder.resolve("run");
    CommandRun.done(
        "train",
        "--data",
        "moons",
        "--from",
        earlier(kind),
        "--steps",
        1,
        "--no-pictures",
        "--out",
        out);
    assertEquals(expected, ModelFolder.config(out));
  }

  @ParameterizedTest
  @ValueSource(strings = {"continuous", "discrete"})
  void theCommandScoresWithThem(String kind) throws Exception {
    double[][] rows = scores(kind);
    StringBuilder text = new StringBuilder("x,y\n");
    for (double[] row : rows) {
      text.append(row[0]).append(',').append(row[1]).append('\n');
    }
    Path data = Files.writeString(folder.resolve("rows.csv"), text);
    Path out = folder.resolve("scores.csv");
    List<Object> words =
        new ArrayList<>(List.of("score", "--model", earlier(kind), "--data", data, "--out", out));
    if (kind.equals("continuous")) {
      words.addAll(List.of("--method", "rk4", "--solver-steps", 20));
    }
    CommandRun run = CommandRun.done(words.toArray());
    assertEquals("", run.err());
    List<String> lines = Files.readAllLines(out);
    assertEquals(rows.length + 1, lines.size());
    for (int i = 0; i < rows.length; i++) {
      double logProb = Double.parseDouble(lines.get(i + 1).split(",", -1)[0]);
      assertEquals(rows[i][2], logProb, TOLERANCE, "row " + i);
    }
  }
}
