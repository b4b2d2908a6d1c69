package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.fjordflow.cli.solvers.Mode;
import org.fjordflow.cli.solvers.WorkPoint;
import org.fjordflow.cli.solvers.WorkPointFiles;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.problems.Problems;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SolversCommandTest {
  private static final long SEED = 3;

  @TempDir private Path folder;

  @Test
  void problemsAreSolvedByEveryMethodThatIsAskedFor() throws IOException {
    Path out = folder.resolve("out");
    CommandRun run =
        CommandRun.done(
            "solvers",
            "--out",
            out,
            "--problems",
            "B,arenstorf,B2",
            "--methods",
            "dopri5,rk4",
            "--tolerances",
            "1e-3,1e-6");
    assertEquals(
        List.of("B1.png", "B2.png", "B3.png", "B4.png", "B5.png", "arenstorf.png", "solvers.csv"),
        CommandRun.files(out));
    List<WorkPoint> points = WorkPointFiles.read(out.resolve("solvers.csv"));
    assertEquals(6 * (2 + 11), points.size());
    // A line for each problem with its heading, a table of two methods, and where it all is.
    assertEquals(1 + 6 + 2 + 3 + 1, run.out().lines().count(), run.out());
    Solution own =
        Problems.of("B4").solve(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6));
    WorkPoint same =
        points.stream()
            .filter(p -> p.problem().equals("B4") && p.rtol() == 1e-6)
            .findFirst()
            .orElseThrow();
    assertEquals(own.stats().evaluations(), same.evaluations());
    assertEquals(own.stats().acceptedSteps(), same.accepted());
    assertTrue(same.error() > 1e-9 && same.error() < 1e-4, same.toString());
    assertTrue(same.seconds() > 0);
  }

  @Test
  void flowsAreSolvedForwardAndForBothGradients() throws IOException {
    Path model = folder.resolve("small");
    ModelConfig config =
        ModelConfig.builder(3).layer("concatsquash").hidden(8).activation("tanh").build();
    System.out.println("seed " + SEED);
    try (BuiltModel<ModelConfig> created =
        config.create(new RandomStreams(SEED).generator(Purpose.INITIALIZATION), 1)) {
      ModelFolder.save(model, created, Map.of());
    }
    Path out = folder.resolve("out");
    CommandRun.done(
        "solvers",
        "--out",
        out,
        "--problems",
        "flows",
        "--model",
        model,
        "--rows",
        5,
        "--methods",
        "dopri5,dopri853,rk4",
        "--tolerances",
        "1e-10,1e-4");
    assertEquals(
        List.of(
            "small-continuous.png",
            "small-discrete.png",
            "small-forward.png",
            "small-rows.csv",
            "solvers.csv"),
        CommandRun.files(out));
    List<WorkPoint> points = WorkPointFiles.read(out.resolve("solvers.csv"));
    assertEquals(3 * (2 + 2 + 7), points.size());
    Set<Mode> modes = points.stream().map(WorkPoint::mode).collect(Collectors.toSet());
    assertEquals(EnumSet.allOf(Mode.class), modes);
    for (WorkPoint point : points) {
      if (point.rtol() == 1e-10 || point.steps() == 128) {
        assertTrue(point.error() < 1e-8, point.toString());
      }
      assertTrue(point.error() < 0.3, point.toString());
    }
    // The gradients of both adjoints are compared with the same reference.
    long forward = evaluations(points, Mode.FORWARD);
    assertTrue(evaluations(points, Mode.DISCRETE) > 1.5 * forward);
    assertTrue(evaluations(points, Mode.CONTINUOUS) > 1.5 * forward);
  }

  private static long evaluations(List<WorkPoint> points, Mode mode) {
    return points.stream()
        .filter(p -> p.mode() == mode && p.method().equals("dopri5") && p.rtol() == 1e-10)
        .mapToLong(WorkPoint::evaluations)
        .sum();
  }

  @Test
  void measurementsOfOthersAreDrawnButNotCopied() throws IOException {
    Path others = folder.resolve("others.csv");
    WorkPointFiles.write(
        others,
        List.of(
            new WorkPoint(
                "scipy", "E5", "RK45", Mode.FORWARD, 1e-5, 1e-5, -1, 100, 16, 0, 1e-3, 1e-6)));
    Path alone = folder.resolve("alone");
    Path both = folder.resolve("both");
    String[] common = {"--problems", "E5", "--methods", "dopri853", "--tolerances", "1e-4,1e-8"};
    CommandRun.done(
        "solvers", "--out", alone, common[0], common[1], common[2], common[3], common[4],
        common[5]);
    CommandRun.done(
        "solvers", "--out", both, common[0], common[1], common[2], common[3], common[4], common[5],
        "--csv", others);
    assertEquals(2, WorkPointFiles.read(both.resolve("solvers.csv")).size());
    assertTrue(
        Files.mismatch(alone.resolve("E5.png"), both.resolve("E5.png")) >= 0, "pictures differ");
  }

  @Test
  void countsAreTheSameWithEveryRepetition() throws IOException {
    for (String name : List.of("first", "second")) {
      CommandRun.done(
          "solvers",
          "--out",
          folder.resolve(name),
          "--problems",
          "E4",
          "--counts",
          "--methods",
          "dopri5,gill");
    }
    for (String file : List.of("solvers.csv", "E4.png")) {
      assertEquals(
          -1,
          Files.mismatch(
              folder.resolve("first").resolve(file), folder.resolve("second").resolve(file)));
    }
    for (WorkPoint point : WorkPointFiles.read(folder.resolve("first").resolve("solvers.csv"))) {
      assertTrue(Double.isNaN(point.seconds()) && point.evaluations() > 0, point.toString());
    }
  }

  @Test
  void measurementsAloneAreDrawn() throws IOException {
    Path others = folder.resolve("others.csv");
    WorkPoint one =
        new WorkPoint("scipy", "moons", "RK45", Mode.DISCRETE, 1e-5, 1e-5, -1, 9, 1, 0, 1e-3, 1e-6);
    WorkPointFiles.write(others, List.of(one));
    Path out = folder.resolve("out");
    CommandRun.done("solvers", "--out", out, "--problems", "none", "--csv", others);
    assertEquals(List.of("moons-discrete.png"), CommandRun.files(out));
  }

  @Test
  void aDamagedTableOfOthersIsRefusedBeforeAnythingIsMeasured() throws IOException {
    Path others = folder.resolve("others.csv");
    Files.writeString(others, "nonsense\n");
    Path out = folder.resolve("out");
    CommandRun.of("solvers", "--out", out, "--problems", "E5", "--csv", others)
        .assertFailed(ExitStatus.WRONG_INPUT, "does not begin with");
    assertEquals(List.of(), CommandRun.files(out));
  }
}
