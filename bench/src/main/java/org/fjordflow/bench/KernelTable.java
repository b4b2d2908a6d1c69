package org.fjordflow.bench;

import java.io.PrintStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.fjordflow.core.backend.DType;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Every kernel beside its floor, measured in the same run: products of the workloads beside the
 * peak ({@link ProductTable}), element-wise kernels beside the time in which as many bytes are
 * copied. First of all products are compared with a plain loop ({@link ProductCheck}).
 */
public final class KernelTable {

  private static final String PRODUCTS = "--products";
  private static final String CONVOLUTIONS = "--convolutions";

  private KernelTable() {}

  /**
   * Checks the products, then runs the kernels and prints the tables. Ends with status 1 and one
   * line where a product is wrong.
   *
   * @param arguments {@code --products} for products alone, {@code --convolutions} for convolutions
   *     alone; or further ones for JMH, such as {@code -p dtype=FLOAT32}
   * @throws RunnerException when a benchmark fails
   * @throws CommandLineOptionException when arguments are not understood
   */
  public static void main(String[] arguments) throws RunnerException, CommandLineOptionException {
    if (List.of(arguments).equals(List.of(CONVOLUTIONS))) {
      ConvolutionTable.print(ConvolutionTable.SHAPES, System.out);
      return;
    }
    boolean productsAlone = arguments.length == 1 && arguments[0].equals(PRODUCTS);
    // Understood before anything is measured.
    CommandLineOptions options = new CommandLineOptions(productsAlone ? new String[0] : arguments);
    int threads = Runtime.getRuntime().availableProcessors();
    List<ProductShape> sizes = ProductShape.sizes();
    for (DType dtype : DType.values()) {
      Optional<String> error = new ProductCheck(dtype, threads).firstError(sizes);
      if (error.isPresent()) {
        System.err.println("bench/kernels: " + error.get());
        System.exit(1);
      }
    }
    System.out.printf(
        "Products of %d sizes agree with a plain loop in float64: all transposes, beta 0, 1 and"
            + " other, %s%n",
        sizes.size(), threads == 1 ? "one thread" : "one thread and " + threads);
    printProducts(threads);
    if (!productsAlone) {
      printKernels(options);
    }
  }

  private static void printProducts(int processors) {
    List<ProductShape> shapes =
        Stream.concat(ProductShape.PEAKS.stream(), ProductShape.WORKLOADS.stream()).toList();
    for (DType dtype : DType.values()) {
      for (int threads : processors == 1 ? new int[] {1} : new int[] {1, processors}) {
        ProductTable.print(
            dtype,
            threads,
            ProductTable.measure(dtype, threads, shapes, ProductTable.Effort.FULL),
            System.out);
      }
    }
  }

  private static void printKernels(CommandLineOptions options) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .parent(options)
                    .include("\\.LayerKernelBenchmark\\.")
                    .include("\\.LinearKernelBenchmark\\..*[pP]roduct$")
                    .include("\\.LinearKernelBenchmark\\..*[wW]eightGradient$")
                    .warmupIterations(3)
                    .warmupTime(TimeValue.milliseconds(300))
                    .measurementIterations(5)
                    .measurementTime(TimeValue.milliseconds(200))
                    .forks(1)
                    .build())
            .run();
    print(results, System.out);
  }

  /**
   * Prints the table.
   *
   * @param all results, of which those of LayerKernelBenchmark and of the products of
   *     LinearKernelBenchmark are shown
   * @param out where to
   */
  static void print(Collection<RunResult> all, PrintStream out) {
    List<RunResult> results = all.stream().filter(r -> hasFloor(r.getParams())).toList();
    Map<String, Double> floors = new HashMap<>();
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      if (kernel(params).equals("copy")) {
        floors.put(group(params), micros(result) / (2 * shape(params).stackElements()));
      } else if (kernel(params).equals("peakProduct")) {
        floors.put(group(params), micros(result) / flops("peakProduct"));
      }
    }
    out.println("| type | kernel | time (us) | rate | floor (us) | of the floor |");
    out.println("|---|---|---|---|---|---|");
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      double floor = floors.getOrDefault(group(params), Double.NaN);
      double time = micros(result);
      double work = work(params);
      out.printf(
          Locale.ROOT,
          "| %s | %s | %.1f | %s | %.1f | %.0f %% |%n",
          params.getParam("dtype"),
          name(params),
          time,
          rate(params, work, time),
          floor * work,
          100 * floor * work / time);
    }
  }

  private static double micros(RunResult result) {
    return result.getPrimaryResult().getScore();
  }

  private static String kernel(BenchmarkParams params) {
    String name = params.getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static boolean hasFloor(BenchmarkParams params) {
    boolean product = kernel(params).matches(".*([pP]roduct|[wW]eightGradient)");
    return params.getBenchmark().contains(".LayerKernelBenchmark.")
        || (params.getBenchmark().contains(".LinearKernelBenchmark.") && product);
  }

  private static boolean isLayer(BenchmarkParams params) {
    return params.getParam("shape") != null;
  }

  private static LayerKernelBenchmark.Shape shape(BenchmarkParams params) {
    return LayerKernelBenchmark.Shape.valueOf(params.getParam("shape"));
  }

  /** What has one floor: a type, a shape and an activation, or a type for products. */
  private static String group(BenchmarkParams params) {
    return params.getParam("dtype")
        + " "
        + params.getParam("shape")
        + " "
        + params.getParam("activation");
  }

  private static String name(BenchmarkParams params) {
    return isLayer(params)
        ? kernel(params) + " " + params.getParam("activation") + " " + params.getParam("shape")
        : kernel(params);
  }

  /** Elements read and written, or floating-point operations of a product. */
  private static double work(BenchmarkParams params) {
    if (!isLayer(params)) {
      return flops(kernel(params));
    }
    double stack = shape(params).stackElements();
    double value = shape(params).valueElements();
    return switch (kernel(params)) {
      case "activate" -> 4 * value;
      case "forward", "gatedForward" -> 2 * stack + 2 * value;
      case "backward", "gatedBackward" -> 3 * stack + 2 * value;
      default -> 2 * stack;
    };
  }

  private static double flops(String product) {
    return switch (product) {
      case "peakProduct" -> 2.0 * 1024 * 1024 * 1024;
      case "wideProduct", "wideWeightGradient" -> 2.0 * 2000 * 860 * 860;
      case "narrowProduct" -> 2.0 * 768 * 3 * 64;
      default -> 2.0 * 768 * 64 * 64;
    };
  }

  private static String rate(BenchmarkParams params, double work, double time) {
    if (!isLayer(params)) {
      return String.format(Locale.ROOT, "%.1f GFLOP/s", work / time * 1e-3);
    }
    int bytes = DType.valueOf(params.getParam("dtype")).bytes();
    return String.format(
        Locale.ROOT,
        "%.2f ns an element, %.0f GB/s",
        time * 1e3 / shape(params).stackElements(),
        work * bytes / time * 1e-3);
  }
}
