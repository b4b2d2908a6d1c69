package org.fjordflow.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark is found and runs: once each, in this JVM. Its time says nothing. */
class BenchmarksTest {
  @Test
  void everyBenchmarkRuns() throws RunnerException {
    // Another JMH run on the machine would be in the way of figures, not of this.
    System.setProperty("jmh.ignoreLock", "true");
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("org.fjordflow.bench")
                    .mode(Mode.SingleShotTime)
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .param("elements", "10")
                    .param("rows", "4")
                    .param("tolerance", "1e-4")
                    .param("workload", "TOY_100", "TABLE_6")
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    Set<String> classes =
        results.stream()
            .map(result -> result.getParams().getBenchmark())
            .map(name -> name.substring(0, name.lastIndexOf('.')))
            .map(name -> name.substring(name.lastIndexOf('.') + 1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(
        Set.of(
            "FieldBenchmark",
            "FlowWorkPrecisionBenchmark",
            "LayerKernelBenchmark",
            "LeaseBenchmark",
            "LinearKernelBenchmark",
            "SolverOverheadBenchmark",
            "TrainingStepBenchmark",
            "WorkPrecisionBenchmark"),
        classes);
    assertTrue(results.stream().allMatch(r -> r.getPrimaryResult().getSampleCount() == 1));
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    KernelTable.print(results, new PrintStream(table, true, StandardCharsets.UTF_8));
    List<String> lines = table.toString(StandardCharsets.UTF_8).lines().toList();
    // Seven layer kernels for each activation and shape, and six products: two element types.
    assertEquals(2 + 2 * (7 * 3 * 3 + 6), lines.size());
    assertTrue(lines.stream().noneMatch(line -> line.contains("NaN")), lines::toString);
  }
}
