package org.fjordflow.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * Prints the memory that a gradient takes with more and more steps of the solver: the plain network
 * of two dimensions, batch 256, exact trace, classical Runge-Kutta. Each number of steps is
 * measured in a JVM of its own with a heap of fixed size, and repeated until all have made equally
 * many steps, so that compiled code takes the same room in each.
 */
public final class GradientMemory {

  private static final String CHILD = "--child";
  private static final int ROWS = 256;
  private static final String HEAP = "64m";
  private static final double MEBIBYTE = 1024.0 * 1024.0;

  private GradientMemory() {}

  /**
   * Memory of a gradient, in bytes.
   *
   * @param arrays native memory of all matrices: parameters, activations, adjoints
   * @param held on the heap between forward solve and way back, and no longer afterwards: mostly
   *     the times and states of the steps, {@code rows (dim + 1)} doubles each
   */
  record Footprint(long arrays, long held) {}

  /**
   * Runs the measurements.
   *
   * @param args numbers of steps; 10, 100 and 1,000 if there are none
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 4 && args[0].equals(CHILD)) {
      Footprint footprint =
          measure(
              Integer.parseInt(args[1]), Integer.parseInt(args[2]), ROWS, Long.parseLong(args[3]));
      System.out.println(footprint.arrays() + " " + footprint.held() + " " + ResidentMemory.peak());
      return;
    }
    int[] counts =
        args.length == 0
            ? new int[] {10, 100, 1000}
            : Arrays.stream(args).mapToInt(Integer::parseInt).toArray();
    int most = Arrays.stream(counts).max().orElseThrow();
    System.out.println("Memory of one gradient in MiB: batch 256, rk4, heap of " + HEAP);
    print("nothing of the steps but their states is kept", counts, most, 0);
    long kept = DiscreteAdjoint.DEFAULT_MEMORY;
    print("stages are kept up to %.0f MiB".formatted(kept / MEBIBYTE), counts, most, kept);
  }

  private static void print(String title, int[] counts, int most, long budget)
      throws IOException, InterruptedException {
    System.out.println(title);
    System.out.println("  steps   arrays (native)   held on the heap      peak of the process");
    for (int count : counts) {
      long[] bytes = inChild(count, Math.max(1, most / count), budget);
      System.out.printf(
          "%7d %17.2f %24.2f %21s%n",
          count,
          bytes[0] / MEBIBYTE,
          bytes[1] / MEBIBYTE,
          bytes[2] < 0 ? "unknown" : "%.0f".formatted(bytes[2] / MEBIBYTE));
    }
  }

  private static long[] inChild(int steps, int repetitions, long budget)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--"))
        .forEach(command::add);
    command.addAll(List.of("-XX:+UseSerialGC", "-Xms" + HEAP, "-Xmx" + HEAP));
    // Otherwise JavaCPP allows no more native memory than heap.
    command.add("-Dorg.bytedeco.javacpp.maxBytes=2g");
    command.addAll(List.of("-XX:+AlwaysPreTouch", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(GradientMemory.class.getName(), CHILD));
    command.addAll(
        List.of(Integer.toString(steps), Integer.toString(repetitions), Long.toString(budget)));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    byte[] output = process.getInputStream().readAllBytes();
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException("the measurement of " + steps + " steps ended with status " + status);
    }
    String[] fields = new String(output, StandardCharsets.UTF_8).trim().split(" ", -1);
    return Arrays.stream(fields).mapToLong(Long::parseLong).toArray();
  }

  /**
   * Measures gradients in this JVM.
   *
   * @param steps of the solver
   * @param repetitions gradients, at least one
   * @param rows of the batch
   * @param budget bytes that kept stages may hold
   */
  static Footprint measure(int steps, int repetitions, int rows, long budget) {
    SolverConfig rk4 = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, steps);
    SolveSettings solve = SolveSettings.exact().withSolver(rk4);
    try (GradientStep step = new GradientStep(ModelConfig.mlp(2).withSolve(solve), rows, budget)) {
      for (int i = 1; i < repetitions; i++) {
        step.run();
      }
      long[] held = new long[1];
      step.run(() -> held[0] = heapAfterCollection());
      // Array memory is only given back with the model, so what there is now is the peak.
      long arrays = ((CpuBackend) step.model().flow().backend()).bytes();
      step.forget();
      return new Footprint(arrays, Math.max(0, held[0] - heapAfterCollection()));
    }
  }

  private static long heapAfterCollection() {
    // What the first collection leaves to reference handlers, the second one takes.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
