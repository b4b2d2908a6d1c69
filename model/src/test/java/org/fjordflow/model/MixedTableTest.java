package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.fjordflow.core.data.Table;
import org.junit.jupiter.api.Test;

/** A trained model of columns of several kinds. */
class MixedTableTest {

  private static final long SEED = 9;
  private static final int ROWS = 2_000;

  /** A colour, a number and a count given the colour, a bounded share. */
  private static Table rows() {
    Random random = new Random(SEED);
    double[][] rows = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      double u = random.nextDouble();
      int colour = u < 0.6 ? 0 : u < 0.9 ? 1 : 2;
      double x = 2 * colour + 0.5 * random.nextGaussian();
      double count = Math.floor(-Math.log(random.nextDouble()) * (1 + colour));
      rows[i] = new double[] {colour, x, Math.min(count, 9), Math.sqrt(random.nextDouble())};
    }
    return Table.of(
        List.of("colour", "x", "count", "share"),
        List.of(
            new Table.Type.Labels(List.of("blue", "green", "red")),
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            Table.Type.NUMBER),
        rows);
  }

  @Test
  void samplesHaveTheSharesOfTheRowsAndStayWithinBounds() {
    Table rows = rows();
    FitOptions options =
        FitOptions.builder(Recipe.NSF_AR)
            .columns(TableOptions.standard().withBounds("share", 0, 1))
            .steps(400)
            .seed(SEED)
            .build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      Table samples = model.sample(10_000, 2);
      for (int column : new int[] {0, 2}) {
        for (double value : Arrays.stream(rows.column(column)).distinct().toArray()) {
          assertEquals(
              share(rows, column, value), share(samples, column, value), 0.05, "seed " + SEED);
        }
      }
      for (double share : samples.column(3)) {
        assertTrue(share >= 0 && share <= 1);
      }
      // The colour's own entropy, that of x given it, and so on: what independent columns miss.
      double given = conditional(samples, 2) - conditional(samples, 0);
      assertEquals(4, given, 0.6, "mean of x given red, less that given blue");
    }
  }

  /** A few values a million times as large do not decide on the units of all others. */
  @Test
  void quartilesSurviveOutliers() {
    Random random = new Random(SEED);
    double[][] rows = new double[2_000][];
    for (int i = 0; i < rows.length; i++) {
      double gamma = -1.5 * Math.log(random.nextDouble() * random.nextDouble());
      double far = i % 200 == 11 ? Math.pow(10, 5 + 2 * random.nextDouble()) : 1;
      rows[i] = new double[] {far * gamma, random.nextGaussian()};
    }
    Table table = Table.of(List.of("count", "x"), rows);
    FitOptions options = FitOptions.builder(Recipe.MAF).steps(300).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(table, options)) {
      double[] given = table.column(0);
      double[] drawn = model.sample(4_000, 3).column(0);
      Arrays.sort(given);
      Arrays.sort(drawn);
      for (double part : new double[] {0.25, 0.5, 0.75}) {
        double expected = given[(int) (part * given.length)];
        assertEquals(expected, drawn[(int) (part * drawn.length)], 0.25 * expected, "seed " + SEED);
      }
    }
  }

  private static double share(Table table, int column, double value) {
    return Arrays.stream(table.column(column)).filter(x -> x == value).count()
        / (double) table.rowCount();
  }

  private static double conditional(Table table, double colour) {
    return Arrays.stream(table.rows())
        .filter(row -> row[0] == colour)
        .mapToDouble(row -> row[1])
        .average()
        .orElseThrow();
  }
}
