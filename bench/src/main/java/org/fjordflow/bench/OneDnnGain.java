package org.fjordflow.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.onednn.OneDnn;

/**
 * Prints how long loss and gradient take with OpenBLAS's products alone and with oneDNN's in the
 * shapes that it takes. Both run in turn; ratios are formed turn by turn.
 */
public final class OneDnnGain {

  private static final int TURNS = 11;
  private static final long TURN_NANOS = 300_000_000L;

  private OneDnnGain() {}

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
    int processors = Runtime.getRuntime().availableProcessors();
    System.out.printf("Loss and gradient; medians of %d turns (least to greatest).%n", TURNS);
    System.out.println("| workload | threads | OpenBLAS, ms | with oneDNN, ms | ratio |");
    System.out.println("|---|---|---|---|---|");
    for (Workload workload : workloads) {
      if (!workload.model().dtype().equals(DType.FLOAT32.id())) {
        continue;
      }
      for (int threads : processors == 1 ? new int[] {1} : new int[] {1, processors}) {
        print(workload, threads);
      }
    }
  }

  private static void print(Workload workload, int threads) {
    double[] before = new double[TURNS];
    double[] after = new double[TURNS];
    double[] ratios = new double[TURNS];
    try (GradientStep plain =
            new GradientStep(
                workload.model(), workload.rows(), new CpuBackend(DType.FLOAT32, threads));
        GradientStep other =
            new GradientStep(workload.model(), workload.rows(), OneDnn.backend(threads))) {
      // Twice unmeasured: compilation, memory, and OpenBLAS's buffer.
      for (int turn = -2; turn < TURNS; turn++) {
        double first = millis(plain);
        double second = millis(other);
        if (turn >= 0) {
          before[turn] = first;
          after[turn] = second;
          ratios[turn] = first / second;
        }
      }
    }
    Arrays.sort(before);
    Arrays.sort(after);
    Arrays.sort(ratios);
    System.out.printf(
        Locale.ROOT,
        "| %s | %d | %.2f | %.2f | %.2f (%.2f to %.2f) |%n",
        workload,
        threads,
        before[TURNS / 2],
        after[TURNS / 2],
        ratios[TURNS / 2],
        ratios[0],
        ratios[TURNS - 1]);
  }

  private static double millis(GradientStep step) {
    long start = System.nanoTime();
    int runs = 0;
    long nanos = 0;
    while (nanos < TURN_NANOS) {
      step.run();
      runs++;
      nanos = System.nanoTime() - start;
    }
    return nanos * 1e-6 / runs;
  }
}
