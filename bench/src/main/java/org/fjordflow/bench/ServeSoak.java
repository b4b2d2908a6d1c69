package org.fjordflow.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.fjordflow.core.backend.DType;

/**
 * Calls one model from several threads for a while, with requests of all kinds and sizes, and
 * compares every answer with the one that the model gave alone, bit by bit. Prints calls, wrong
 * ones, and resident memory; then how much faster two calling threads score than one. Ends with
 * status 1 if an answer was wrong.
 */
public final class ServeSoak {

  private static final long SECOND = 1_000_000_000L;
  private static final int TURNS = 7;
  private static final int SCORED_ROWS = 256;

  private final int seconds;
  private final int threads;
  private boolean failed;

  private ServeSoak(int seconds, int threads) {
    this.seconds = seconds;
    this.threads = threads;
  }

  /**
   * Runs it.
   *
   * @param args {@code --seconds 60 --threads 8 --models ffjord,nsf}; also what is assumed where
   *     one is left out, with {@code all} for all models
   */
  public static void main(String[] args) throws IOException {
    List<String> given = Arrays.asList(args);
    String models = option(given, "--models", "ffjord,nsf");
    List<String> names =
        models.equals("all") ? ServedModel.NAMES : Arrays.asList(models.split(",", -1));
    ServeSoak soak =
        new ServeSoak(
            Integer.parseInt(option(given, "--seconds", "60")),
            Integer.parseInt(option(given, "--threads", "8")));
    soak.run(names);
    if (soak.failed) {
      System.exit(1);
    }
  }

  private static String option(List<String> given, String name, String otherwise) {
    int at = given.indexOf(name);
    return at < 0 ? otherwise : given.get(at + 1);
  }

  private void run(List<String> names) throws IOException {
    System.out.printf("%d threads, %d s each; memory in MiB.%n", threads, seconds);
    System.out.println(
        "| model | type | calls | wrong | resident after 10 s | at the end | two callers to one |");
    System.out.println("|---|---|---|---|---|---|---|");
    for (String name : names) {
      for (DType dtype : DType.values()) {
        run(name, dtype);
      }
    }
  }

  private void run(String name, DType dtype) throws IOException {
    // One thread of the backend's own: it is the callers that are several.
    try (ServedModel model = new ServedModel(name, dtype, 1)) {
      AtomicLong calls = new AtomicLong();
      AtomicLong wrong = new AtomicLong();
      long end = System.nanoTime() + seconds * SECOND;
      long[] resident = new long[2];
      List<Callable<Void>> callers = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int first = t;
        callers.add(
            () -> {
              for (int i = first; System.nanoTime() < end; i++) {
                if (!model.isRight(i % model.requests())) {
                  wrong.incrementAndGet();
                }
                calls.incrementAndGet();
              }
              return null;
            });
      }
      callers.add(
          () -> {
            pauseUntil(Math.min(end, end - seconds * SECOND + 10 * SECOND));
            resident[0] = ResidentMemory.now();
            pauseUntil(end - SECOND / 10);
            resident[1] = ResidentMemory.now();
            return null;
          });
      together(callers);
      failed |= wrong.get() > 0;
      System.out.printf(
          Locale.ROOT,
          "| %s | %s | %d | %d | %.1f | %.1f | %s |%n",
          name,
          dtype.id(),
          calls.get(),
          wrong.get(),
          resident[0] / (double) (1 << 20),
          resident[1] / (double) (1 << 20),
          gain(model));
    }
  }

  private static void pauseUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Calls a second of two threads by those of one, measured in turn: median, least and greatest.
   */
  private static String gain(ServedModel model) {
    double[] ratios = new double[TURNS];
    for (int turn = -1; turn < TURNS; turn++) {
      double one = rate(model, 1);
      double two = rate(model, 2);
      if (turn >= 0) {
        ratios[turn] = two / one;
      }
    }
    Arrays.sort(ratios);
    return String.format(
        Locale.ROOT, "%.2f (%.2f to %.2f)", ratios[TURNS / 2], ratios[0], ratios[TURNS - 1]);
  }

  private static double rate(ServedModel model, int callers) {
    long start = System.nanoTime();
    AtomicLong calls = new AtomicLong();
    together(
        IntStream.range(0, callers)
            .<Callable<Void>>mapToObj(
                i ->
                    () -> {
                      while (System.nanoTime() < start + SECOND / 2) {
                        model.score(SCORED_ROWS);
                        calls.incrementAndGet();
                      }
                      return null;
                    })
            .toList());
    return (double) calls.get() / (System.nanoTime() - start);
  }

  private static void together(List<Callable<Void>> tasks) {
    ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
    try {
      for (Future<Void> done : threads.invokeAll(tasks)) {
        done.get();
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      threads.shutdownNow();
    }
  }
}
