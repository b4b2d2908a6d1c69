package org.fjordflow.core.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Bases of flows some of whose columns are angles. */
final class CircularBaseTest {

  private static final double LOG_TURN = Math.log(2 * Math.PI);

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator random() {
    return new SplittableRandom(GradientCheck.defaultSeed());
  }

  private double[] logProb(Distribution distribution, double[][] rows) {
    Tape tape = Tape.evaluating(backend);
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return Elements.of(
        backend,
        distribution.logProb(tape, tape.constant(flat, rows.length, rows[0].length)).value());
  }

  @Test
  void isTheProductOfItsParts() {
    Distribution base =
        new BaseConfig.StudentT(3).create(parameters, 4, List.of(2, 0), random());
    Distribution others =
        new BaseConfig.StudentT(3).create(new Parameters(backend), 2, random());
    assertEquals(6, parameters.size(), "three for each of the two numbers");
    double[][] rows = {{-3, 0.4, 1, -2}, {9, 1.5, 1e6, 0}};
    double[] expected = logProb(others, new double[][] {{0.4, -2}, {1.5, 0}});
    double[] got = logProb(base, rows);
    for (int i = 0; i < got.length; i++) {
      assertEquals(expected[i] - 2 * LOG_TURN, got[i], 1e-13);
    }
    double[] strange = logProb(base, new double[][] {{Double.NaN, 0, 0, 0}});
    assertTrue(Double.isNaN(strange[0]));
  }

  @Test
  void gradientsReachTheOtherColumnsAlone() {
    Distribution base = new BaseConfig.StudentT(3).create(parameters, 3, List.of(1), random());
    GradientCheck check = new GradientCheck(backend, GradientCheck.defaultSeed(), "circular base");
    check.input(check.uniform(5, 3, -1.5, 1.5));
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertGradients(1e-7, (tape, x) -> base.logProb(tape, x.get(0)));
  }

  @Test
  void samplesGoAllAround() {
    for (List<Integer> circular : List.of(List.of(1), List.of(0, 1))) {
      Distribution base = new BaseConfig.Normal().create(parameters, 2, circular, random());
      double[][] rows = base.sample(20_000, random());
      Statistics.assertMean(rows, row -> Math.cos(row[1]), 0, "cosine");
      Statistics.assertMean(rows, row -> Math.sin(row[1]), 0, "sine");
      Statistics.assertMean(rows, row -> row[1] * row[1], Math.PI * Math.PI / 3, "square");
      double square = circular.size() == 2 ? Math.PI * Math.PI / 3 : 1;
      Statistics.assertMean(rows, row -> row[0] * row[0], square, "square of the first");
      assertTrue(
          Arrays.stream(rows).allMatch(row -> row[1] >= -Math.PI && row[1] < Math.PI), "range");
      Tape tape = Tape.evaluating(backend);
      double[] onTape = Elements.of(backend, base.sample(tape, 20, random()).value());
      double[][] again = base.sample(20, random());
      double[] flat = Arrays.stream(again).flatMapToDouble(Arrays::stream).toArray();
      assertArrayEquals(flat, onTape, 1e-15);
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> base.sample(-1, random()));
    }
  }

  @Test
  void withoutAnglesItIsTheBaseItself() {
    Distribution base = new BaseConfig.Normal().create(parameters, 2, List.of(), random());
    assertTrue(base instanceof DiagonalNormal);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new BaseConfig.Normal().create(parameters, 2, List.of(2), random()),
        "circular is [2]",
        "0 to 1");
  }
}
