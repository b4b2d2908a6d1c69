package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One model used by many threads at once, and what a closed model says. */
final class ServingTest {

  private static final int THREADS = 8;
  private static final int CALLS = 12;

  @TempDir Path folder;

  static Stream<Arguments> models() {
    return Stream.of(Recipe.FFJORD, Recipe.MAF, Recipe.NSF, Recipe.GLOW, Recipe.TARFLOW)
        .flatMap(
            recipe -> Stream.of("float32", "float64").map(dtype -> Arguments.of(recipe, dtype)));
  }

  private static double[][] rows(int n, long seed) {
    return ToyDensity.MOONS.sample(n, new SplittableRandom(seed));
  }

  private static FlowModel model(Recipe recipe, String dtype) {
    return FlowModel.create(recipe.withDtype(dtype).spec(2, 0), 3);
  }

  private static <T> List<T> atOnce(Callable<T> task) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<T>> futures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        futures.add(pool.submit(task));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } finally {
      pool.shutdown();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void manyThreadsGetTheBitsOfOne(Recipe recipe, String dtype) throws Exception {
    try (FlowModel model = model(recipe, dtype)) {
      double[][][] batches = new double[CALLS][][];
      double[][] scores = new double[CALLS][];
      for (int i = 0; i < CALLS; i++) {
        batches[i] = rows(1 + 17 * i, i);
        scores[i] = model.logProb(batches[i]);
      }
      double[][] samples = model.sample(40, 9).rows();
      List<Integer> wrong =
          atOnce(
              () -> {
                int count = 0;
                for (int i = 0; i < CALLS; i++) {
                  count += Arrays.equals(scores[i], model.logProb(batches[i])) ? 0 : 1;
                  count += Arrays.deepEquals(samples, model.sample(40, 9).rows()) ? 0 : 1;
                }
                return count;
              });
      assertEquals(Collections.nCopies(THREADS, 0), wrong);
    }
  }

  @Test
  void closingWaitsForWhatIsRunning() throws Exception {
    for (int round = 0; round < 5; round++) {
      FlowModel model = model(Recipe.FFJORD, "float32");
      double[][] rows = rows(50, 1);
      double[] expected = model.logProb(rows);
      Thread closer = new Thread(model::close);
      List<Integer> scored =
          atOnce(
              () -> {
                int count = 0;
                try {
                  while (true) {
                    assertArrayEquals(expected, model.logProb(rows));
                    if (count++ == 2) {
                      synchronized (closer) {
                        if (closer.getState() == Thread.State.NEW) {
                          closer.start();
                        }
                      }
                    }
                  }
                } catch (FjordException e) {
                  assertEquals(ErrorKey.CLOSED, e.key());
                  return count;
                }
              });
      closer.join();
      assertEquals(THREADS, scored.size());
    }
  }

  @Test
  void everythingOfAClosedModelSaysThatItIs() {
    FlowModel model = model(Recipe.MAF, "float32");
    FlowModel other = model.withChunkRows(7);
    FlowTraining training =
        model.training(
            TrainerConfig.of(2, 8, 0),
            BatchSource.shuffled(Batch.of(rows(20, 1))),
            null,
            List.of());
    model.close();
    model.close();
    double[][] rows = rows(3, 1);
    List<Executable> uses =
        List.of(
            () -> model.logProb(rows),
            () -> model.logProb(rows[0]),
            () -> model.logProb(Stream.of(rows)).sum(),
            () -> model.score(rows, Context.none(), 1),
            () -> model.sample(3, 1),
            () -> model.sampleAndLogProb(3, Context.none(), 1),
            () -> model.toBase(rows, Context.none()),
            () -> model.fromBase(rows, Context.none()),
            () -> model.initialize(Batch.of(rows), new SplittableRandom(1)),
            () -> model.save(folder),
            () -> other.logProb(rows),
            training::run,
            () -> model.flow().logProb(rows, Context.none(), new SplittableRandom(1)),
            () -> assertTrue(model.parameters().get().length > 0));
    for (Executable use : uses) {
      assertFails(ErrorKey.CLOSED, use, "closed");
    }
  }

  @Test
  void trainingKeepsReadersOutAndItsListenersMayRead() throws Exception {
    try (FlowModel model = model(Recipe.MAF, "float64")) {
      double[][] rows = rows(20, 1);
      List<double[]> seen = new ArrayList<>();
      var listener =
          new TrainingListener() {
            @Override
            public void step(StepMetrics metrics) {
              seen.add(model.logProb(rows));
            }
          };
      FlowTraining training =
          model.training(
              TrainerConfig.of(30, 16, 0),
              BatchSource.shuffled(Batch.of(rows(64, 2))),
              null,
              List.of(listener));
      double[] before = model.logProb(rows);
      Thread trains = new Thread(training::run);
      trains.start();
      List<double[]> read = new ArrayList<>();
      while (trains.isAlive()) {
        read.add(model.logProb(rows));
      }
      trains.join();
      double[] after = model.logProb(rows);
      assertEquals(30, seen.size());
      for (double[] scores : read) {
        boolean whole = Arrays.equals(before, scores) || Arrays.equals(after, scores);
        assertTrue(whole, "what is read is the model before or after training");
      }
    }
  }
}
