package org.fjordflow.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.fjordflow.bench.DivergenceTable.Effort;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.junit.jupiter.api.Test;

/** The tables of estimators are complete, and of numbers that can be. */
class DivergenceTableTest {

  private static final Effort SMALL = new Effort(List.of(5), 9, 16, List.of(5), 2, 20);

  @Test
  void tablesAreComplete() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    DivergenceTable.points(SMALL, out);
    DivergenceTable.flows(SMALL, out);
    List<String> lines =
        bytes.toString(StandardCharsets.UTF_8).lines().filter(l -> l.startsWith("|")).toList();
    // Four matrices with 4 and 8 products, a network with 4, a flow with 2 and 4; two headings.
    assertEquals(4 * 2 + 1 + 2 + 2 * 2, lines.size(), lines::toString);
    assertTrue(lines.stream().noneMatch(line -> line.contains("NaN")), lines::toString);
  }

  @Test
  void errorsAreThoseOfTheClosedForm() {
    int dim = 16;
    double[][] a = Objects.requireNonNull(TraceErrors.matrices(dim).get("singular values 1/i"));
    double trace = 0;
    double squares = 0;
    double all = 0;
    for (int i = 0; i < dim; i++) {
      trace += a[i][i];
      for (int j = 0; j < dim; j++) {
        squares += Math.pow((a[i][j] + a[j][i]) / 2, 2);
        all += a[i][j] * a[i][j];
      }
    }
    int k = 4;
    double d = dim;
    double variance =
        2 * d * (d - k) / (k * (d + 2) * (d - 1)) * (squares - trace * trace / dim) / all;
    try (TraceErrors errors = TraceErrors.ofMatrix(a, 8000)) {
      double found = errors.of(new Hutchinson(ProbeDistribution.ORTHOGONAL, k));
      assertEquals(1, found / Math.sqrt(variance), 0.05);
      assertEquals(0, errors.of(new HutchPlusPlus(dim / 2, dim / 2)), 1e-12);
    }
  }
}
