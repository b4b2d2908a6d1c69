package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.bench.TimedBackend.Products;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;

/**
 * Prints what part of the time of loss and gradient is spent in matrix products, and how fast these
 * run beside the peak: a product of 1,024 cubed, by as many threads at once, measured before and
 * after each repetition.
 */
public final class ProductShare {

  private static final int PEAK_SIZE = 1024;
  private static final int PEAK_PRODUCTS = 4;

  private ProductShare() {}

  /**
   * How long to measure.
   *
   * @param warmUpNanos least time of the runs that are not measured; there are at least two
   * @param repetitions repetitions, each with the peak before and after
   * @param nanos least time of a repetition; there is at least one run in each
   * @param peakSize rows and columns of the matrices whose product is the peak
   */
  record Effort(long warmUpNanos, int repetitions, long nanos, int peakSize) {

    static final Effort FULL = new Effort(5_000_000_000L, 7, 500_000_000L, PEAK_SIZE);
  }

  /**
   * One repetition.
   *
   * @param threads how many were used at most
   * @param runs losses with their gradients
   * @param nanos time that passed
   * @param products those of the runs
   * @param before the peak's products, before
   * @param after the peak's products, after
   */
  record Repetition(
      int threads, int runs, long nanos, Products products, Products before, Products after) {

    double millis() {
      return nanos * 1e-6 / runs;
    }

    /** Returns the part of the threads' time that was spent in products; waiting is not. */
    double share() {
      return (double) products.nanos() / ((double) threads * nanos);
    }

    /** Returns what a thread did within products, in GFLOP/s. */
    double rate() {
      return products.rate();
    }

    /** Returns what a thread did within the peak's products, in GFLOP/s. */
    double peak() {
      return new Products(before.nanos() + after.nanos(), before.flops() + after.flops()).rate();
    }

    double ofPeak() {
      return rate() / peak();
    }
  }

  /**
   * Runs the measurements.
   *
   * @param args names of workloads; all if there are none
   */
  public static void main(String[] args) {
    List<Workload> workloads = new ArrayList<>();
    for (String name : args) {
      workloads.add(Ids.find(Workload.values(), Workload::name, "workload", name));
    }
    if (workloads.isEmpty()) {
      workloads.addAll(Arrays.asList(Workload.values()));
    }
    Effort effort = Effort.FULL;
    System.out.printf(
        "Loss and gradient; medians of %d repetitions. Share: time within products, of the time of"
            + " all threads.%nRates are those of one thread while it is within a product. Peak: %d"
            + " cubed, by all threads at once,%nbefore and after each repetition; in brackets the"
            + " least and the greatest ratio of a repetition.%n",
        effort.repetitions(), effort.peakSize());
    System.out.println(
        "| workload | threads | ms | share | GFLOP/s | peak GFLOP/s | of the peak |");
    System.out.println("|---|---|---|---|---|---|---|");
    int processors = Runtime.getRuntime().availableProcessors();
    for (Workload workload : workloads) {
      print(workload, measure(workload.model(), workload.rows(), 1, effort));
      if (processors > 1) {
        print(workload, measure(workload.model(), workload.rows(), processors, effort));
      }
    }
  }

  private static void print(Workload workload, List<Repetition> all) {
    double[] ratios = sorted(all, Repetition::ofPeak);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.2f | %.1f %% | %.1f | %.1f | %.1f %% (%.1f to %.1f) |%n",
        workload,
        all.get(0).threads(),
        median(sorted(all, Repetition::millis)),
        100 * median(sorted(all, Repetition::share)),
        median(sorted(all, Repetition::rate)),
        median(sorted(all, Repetition::peak)),
        100 * median(ratios),
        100 * ratios[0],
        100 * ratios[ratios.length - 1]);
  }

  private static double[] sorted(List<Repetition> all, ToDoubleFunction<Repetition> figure) {
    return all.stream().mapToDouble(figure).sorted().toArray();
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /**
   * Measures loss and gradient of a batch of standard normal rows.
   *
   * @param config the model
   * @param rows rows of the batch
   * @param threads how many are used at most
   * @param effort how long to measure
   * @return the repetitions
   */
  static List<Repetition> measure(ModelConfig config, int rows, int threads, Effort effort) {
    TimedBackend backend = new TimedBackend(new CpuBackend(DType.of(config.dtype()), threads));
    List<Repetition> all = new ArrayList<>();
    try (GradientStep step = new GradientStep(config, rows, backend)) {
      Peak peak = new Peak(backend, effort.peakSize());
      peak.measure();
      run(step, 2, effort.warmUpNanos());
      Products before = peak.measure();
      for (int i = 0; i < effort.repetitions(); i++) {
        long start = System.nanoTime();
        int runs = run(step, 1, effort.nanos());
        long nanos = System.nanoTime() - start;
        Products products = backend.takeProducts();
        Products after = peak.measure();
        all.add(new Repetition(threads, runs, nanos, products, before, after));
        before = after;
      }
    }
    return all;
  }

  /** Runs until both are reached; returns how often. */
  private static int run(GradientStep step, int least, long nanos) {
    long start = System.nanoTime();
    int runs = 0;
    while (runs < least || System.nanoTime() - start < nanos) {
      step.run();
      runs++;
    }
    return runs;
  }

  /** Large products on all threads of a backend, as weights are multiplied: with a transpose. */
  private static final class Peak {
    private final TimedBackend backend;
    private final Matrix[][] operands;

    Peak(TimedBackend backend, int size) {
      this.backend = backend;
      operands = new Matrix[backend.threads()][3];
      for (Matrix[] matrices : operands) {
        for (int i = 0; i < matrices.length; i++) {
          matrices[i] = filled(backend, size);
        }
      }
    }

    private static Matrix filled(Backend backend, int size) {
      Matrix matrix = backend.allocate(size, size);
      backend.fill(0.5, matrix);
      return matrix;
    }

    /** Each thread some products, on matrices of its own. */
    Products measure() {
      backend.takeProducts();
      backend.parallel(
          operands.length,
          index -> {
            Matrix[] own = operands[index];
            for (int i = 0; i < PEAK_PRODUCTS; i++) {
              backend.gemm(false, true, 1, own[0], own[1], 0, own[2]);
            }
          });
      return backend.takeProducts();
    }
  }
}
