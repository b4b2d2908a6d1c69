package org.fjordflow.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.cnf.SolveSettings.Steps;

/**
 * Steps by row beside shared steps: times in alternation, evaluations, and errors against a solve
 * in float64 at 1e-10.
 */
public final class RowStepsTable {

  private static final double NANOS = 1e9;

  private static final OperatingSystemMXBean PROCESS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** A run lasts at least so long, in seconds: it is repeated within. */
  private static final double LONG_ENOUGH = 0.3;

  private final int repetitions;

  private RowStepsTable(int repetitions) {
    this.repetitions = repetitions;
  }

  /**
   * Prints the table.
   *
   * @param args number of repetitions, then folders of workloads of bench/compare-peers, with
   *     {@code :initial} or {@code :trained} for a set of weights, or folders of saved models of
   *     the moons
   */
  public static void main(String[] args) {
    RowStepsTable table = new RowStepsTable(Integer.parseInt(args[0]));
    System.out.println(
        "workload | task | by row, ms | shared, ms | shared / by row: median (least, greatest) |"
            + " of the processor's time |"
            + " evaluations of a row | shared | by row / shared | error by row: rms, max | shared");
    for (String name : Arrays.asList(args).subList(1, args.length)) {
      try (SteppedFlow flow = SteppedFlow.load(name)) {
        for (SteppedFlow.Task task : flow.tasks()) {
          table.compare(name, flow, task);
        }
      }
    }
  }

  private void compare(String name, SteppedFlow flow, SteppedFlow.Task task) {
    Steps[] kinds = {Steps.BY_ROW, Steps.SHARED};
    int[] times = new int[2];
    for (int k = 0; k < 2; k++) {
      double once = warm(flow, task, kinds[k]);
      times[k] = (int) Math.ceil(LONG_ENOUGH / once);
    }
    double[][] seconds = new double[2][repetitions];
    List<Double> ratios = new ArrayList<>();
    List<Double> work = new ArrayList<>();
    double[] processor = new double[2];
    for (int r = 0; r < repetitions; r++) {
      for (int i = 0; i < 2; i++) {
        int k = (r + i) % 2;
        long before = PROCESS.getProcessCpuTime();
        seconds[k][r] = time(flow, task, kinds[k], times[k]);
        processor[k] = (double) (PROCESS.getProcessCpuTime() - before) / times[k];
      }
      ratios.add(seconds[1][r] / seconds[0][r]);
      work.add(processor[1] / processor[0]);
    }
    ratios.sort(null);
    work.sort(null);
    SteppedFlow.Result own = flow.run(task, Steps.BY_ROW);
    SteppedFlow.Result shared = flow.run(task, Steps.SHARED);
    double[] exact = flow.hasReference() ? flow.reference(task) : new double[0];
    System.out.println(
        String.format(
            Locale.ROOT,
            "%s | %s | %.2f | %.2f | %.3f (%.3f, %.3f) | %.3f | %.2f | %.2f | %.3f | %s | %s",
            name.substring(name.lastIndexOf('/') + 1),
            task,
            1e3 * median(seconds[0]),
            1e3 * median(seconds[1]),
            ratios.get(ratios.size() / 2),
            ratios.get(0),
            ratios.get(ratios.size() - 1),
            work.get(work.size() / 2),
            own.evaluations(),
            shared.evaluations(),
            own.evaluations() / shared.evaluations(),
            errors(own.values(), exact),
            errors(shared.values(), exact)));
  }

  private static double warm(SteppedFlow flow, SteppedFlow.Task task, Steps steps) {
    double once = 1;
    long until = System.nanoTime() + (long) (3 * NANOS);
    do {
      once = time(flow, task, steps, 1);
    } while (System.nanoTime() < until);
    return once;
  }

  private static double time(SteppedFlow flow, SteppedFlow.Task task, Steps steps, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      flow.run(task, steps);
    }
    return (System.nanoTime() - start) / NANOS / times;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String errors(double[] values, double[] exact) {
    if (exact.length == 0) {
      return "";
    }
    double squares = 0;
    double largest = 0;
    for (int i = 0; i < values.length; i++) {
      double error = Math.abs(values[i] - exact[i]);
      squares += error * error;
      largest = Math.max(largest, error);
    }
    return String.format(Locale.ROOT, "%.2g, %.2g", Math.sqrt(squares / values.length), largest);
  }

  /** Returns whether a folder is that of a workload. */
  static boolean isWorkload(Path folder) {
    return Files.isRegularFile(folder.resolve("workload.json"));
  }
}
