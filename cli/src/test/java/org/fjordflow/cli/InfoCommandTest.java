package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.fjordflow.core.backend.BlasInfo;
import org.junit.jupiter.api.Test;

/** {@code fjord info} without a model. */
final class InfoCommandTest {

  @Test
  void itSaysVersionsBlasThreadsAndBackends() {
    CommandRun run = CommandRun.done("info");
    assertEquals("", run.err());
    List<String> lines = run.out().lines().toList();
    BlasInfo blas = BlasInfo.read();
    assertTrue(
        lines.contains(
            "blas: OpenBLAS %s, kernel %s, 1 thread in each product"
                .formatted(blas.version(), blas.kernel())),
        run.out());
    int threads = Runtime.getRuntime().availableProcessors();
    assertTrue(lines.contains("threads: " + threads + ", each with rows of its own"), run.out());
    assertTrue(run.out().contains("openblas: " + blas.version()), run.out());
    assertTrue(run.out().contains("backend cpu, which auto takes: "), run.out());
    assertTrue(run.out().contains("backend nd4j: "), run.out());
    blas.advice().ifPresent(line -> assertTrue(lines.contains(line), run.out()));
  }

  @Test
  void parametersAreOfAModel() {
    CommandRun.of("info", "--parameters").assertFailed(ExitStatus.WRONG_INPUT, "--parameters");
  }
}
