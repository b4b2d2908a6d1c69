package org.fjordflow.core.testing;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.testing.BijectionBench.Image;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.jspecify.annotations.Nullable;

/** The part of {@link BijectionContract} that is about files, training and strange inputs. */
final class BijectionUse {

  private static final int ROWS = 5;
  private static final int STEPS = 40;
  private static final int GRID = 120;

  private final BijectionContract contract;

  BijectionUse(BijectionContract contract) {
    this.contract = contract;
  }

  /** What was drawn when the other one was created must not matter. */
  void savedAndLoaded(BijectionBench bench) {
    Path file = temporaryFile();
    double[] c = bench.context(ROWS);
    bench.save(file);
    try (BijectionBench loaded = bench.loadedFrom(file)) {
      for (boolean forward : new boolean[] {true, false}) {
        double[] x = bench.points(ROWS, c, forward);
        Image expected = bench.image(forward, x, c);
        Image got = loaded.image(forward, x, c);
        assertArrayEquals(expected.value(), got.value(), contract.context());
        assertArrayEquals(expected.logDet(), got.logDet(), contract.context());
      }
    } finally {
      delete(file);
    }
  }

  private static Path temporaryFile() {
    try {
      return Files.createTempFile("bijection", ".safetensors");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void trainingAndEvaluationAgree(BijectionBench bench) {
    double[] c = bench.context(ROWS);
    for (boolean forward : new boolean[] {true, false}) {
      double[] x = bench.points(ROWS, c, forward);
      Image expected = bench.image(forward, x, c);
      Image got = bench.imageInTraining(forward, x, c);
      contract.close(expected.value(), got.value(), contract.tolerance(), "in training");
      contract.close(
          expected.logDet(), got.logDet(), contract.tolerance(), "log-determinant in training");
    }
  }

  /** One row at a time, so that the failure of one hides no other. */
  void extremeRows(BijectionBench bench) {
    int dim = bench.bijection().dim();
    try (BijectionBench single = new BijectionBench(contract, DType.FLOAT32)) {
      for (double[] row : extremes(dim)) {
        for (boolean forward : new boolean[] {true, false}) {
          for (BijectionBench each : List.of(bench, single)) {
            assertFiniteOrRefused(each, forward, row);
          }
        }
      }
    }
  }

  private static List<double[]> extremes(int dim) {
    double[] alternating = new double[dim];
    double[] one = new double[dim];
    Arrays.setAll(alternating, i -> i % 2 == 0 ? 1e6 : -1e6);
    Arrays.setAll(one, i -> i == dim - 1 ? 1e6 : 0);
    return List.of(filled(dim, 1e6), filled(dim, -1e6), filled(dim, 0), alternating, one);
  }

  private static double[] filled(int dim, double value) {
    double[] row = new double[dim];
    Arrays.fill(row, value);
    return row;
  }

  private void assertFiniteOrRefused(BijectionBench bench, boolean forward, double[] row) {
    String where = (forward ? "forward of " : "inverse of ") + Arrays.toString(row);
    double[] c = bench.context(1);
    ErrorKey refusal = refusal(forward, row);
    if (refusal != null) {
      assertFails(refusal, () -> bench.image(forward, row, c));
      return;
    }
    Image image = bench.image(forward, row, c);
    assertFinite(image.value(), "value, " + where);
    assertFinite(image.logDet(), "log-determinant, " + where);
    bench
        .gradients(forward, row, c)
        .forEach((name, g) -> assertFinite(g, "gradient of " + name + ", " + where));
  }

  private @Nullable ErrorKey refusal(boolean forward, double[] row) {
    for (double number : row) {
      ErrorKey key = contract.domain().refusal(forward, number);
      if (key != null) {
        return key;
      }
    }
    return null;
  }

  private void assertFinite(double[] values, String what) {
    for (double value : values) {
      assertTrue(Double.isFinite(value), () -> what + ": " + value + contract.context());
    }
  }

  /**
   * The rectangle rule on a box somewhat larger than samples fill, and once around for angles; two
   * columns only.
   */
  void aTrainedDensityIntegratesToOne(BijectionBench bench) {
    assumeTrue(bench.bijection().dim() == 2, "an integral over two columns");
    Flow flow = bench.flow();
    if (bench.parameters().size() > 0) {
      train(bench, flow);
    }
    RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());
    double[] c = bench.context(1);
    Context context = c.length == 0 ? Context.none() : Context.shared(c);
    double[][] samples = flow.sample(500, context, random);
    double[] from = new double[2];
    double[] width = new double[2];
    for (int j = 0; j < 2; j++) {
      int column = j;
      double least = Arrays.stream(samples).mapToDouble(row -> row[column]).min().orElseThrow();
      double greatest = Arrays.stream(samples).mapToDouble(row -> row[column]).max().orElseThrow();
      from[j] = least - (greatest - least) / 2;
      width[j] = 2 * (greatest - least) / GRID;
      if (contract.circular().contains(j)) {
        from[j] = -Math.PI;
        width[j] = 2 * Math.PI / GRID;
      }
    }
    double[][] grid = new double[GRID * GRID][2];
    for (int i = 0; i < grid.length; i++) {
      int line = i / GRID;
      grid[i][0] = from[0] + (line + 0.5) * width[0];
      grid[i][1] = from[1] + (i % GRID + 0.5) * width[1];
    }
    double integral = 0;
    for (double logProb : flow.logProb(grid, context, random)) {
      integral += Math.exp(logProb) * width[0] * width[1];
    }
    assertEquals(1, integral, 5e-3, "integral of the density" + contract.context());
  }

  private void train(BijectionBench bench, Flow flow) {
    BatchSource batches =
        (step, size, streams) -> {
          RandomGenerator random = streams.generator(Purpose.DATA, step);
          double[][] rows = rows(size, 2, contract.from() / 2, contract.to() / 2, random);
          int contextSize = flow.contextSize();
          return contextSize == 0
              ? Batch.of(rows)
              : new Batch(rows, rows(size, contextSize, -1, 1, random));
        };
    TrainerConfig config =
        TrainerConfig.of(STEPS, 64, GradientCheck.defaultSeed()).withOptimizer(Adam.of(0.01));
    new Trainer(
            config, bench.parameters(), Objectives.negativeLogLikelihood(flow), batches, List.of())
        .train();
  }

  private static double[][] rows(int n, int cols, double from, double to, RandomGenerator random) {
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> random.doubles(cols, from, to).toArray());
    return rows;
  }
}
