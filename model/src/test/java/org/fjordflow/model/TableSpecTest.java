package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Densities and samples of models whose columns have kinds. */
class TableSpecTest {

  private static final ColumnSpec REAL = ColumnSpec.real("x");
  private static final ColumnSpec ROBUST =
      ColumnSpec.plain("robust", Kind.REAL, Scale.ROBUST, 1, 0.5);
  private static final ColumnSpec LOG = ColumnSpec.plain("log", Kind.REAL, Scale.LOG, -1, 1);
  private static final ColumnSpec LOGIT = ColumnSpec.plain("logit", Kind.REAL, Scale.LOGIT, -1, 3);
  private static final ColumnSpec CIRCULAR =
      ColumnSpec.plain("hour", Kind.REAL, Scale.CIRCULAR, 0, 24);
  private static final ColumnSpec COLOUR =
      cells("colour", Kind.CATEGORY, List.of(0.0, 1.0, 2.0), List.of("blue", "green", "red"));
  private static final ColumnSpec ANSWER =
      cells("answer", Kind.YES_NO, List.of(0.0, 1.0), List.of());
  private static final ColumnSpec COUNT =
      ColumnSpec.plain("count", Kind.INTEGER, Scale.STANDARD, 0, 1);
  private static final ColumnSpec BOUNDED =
      ColumnSpec.plain("bounded", Kind.INTEGER, Scale.LOGIT, -0.5, 5);

  private static ColumnSpec cells(
      String name, Kind kind, List<Double> values, List<String> labels) {
    List<Double> shares = values.size() == 2 ? List.of(0.3, 0.7) : List.of(0.5, 0.2, 0.3);
    return new ColumnSpec(name, kind, Scale.CELLS, 0, 1, values, shares, labels, null, false);
  }

  /** A flow whose parameters are not the initial ones. */
  private static FlowModel model(TableSpec table, String dtype) {
    int dim = table.data().size();
    int context = table.contextSize();
    FlowSpec spec =
        FlowSpec.of(Flows.autoregressiveNsf(dim, 2, 8).withContext(context))
            .withDtype(dtype)
            .withTable(table);
    FlowModel model = FlowModel.create(spec, 5);
    Random random = new Random(11);
    double[] values = model.parameters().get();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.1 * random.nextGaussian();
    }
    model.parameters().set(values);
    return model;
  }

  private static TableSpec table(ColumnSpec... data) {
    return new TableSpec(List.of(data), List.of(), null);
  }

  static Stream<Arguments> integrals() {
    return Stream.of(
        Arguments.of(REAL, -12.0, 12.0),
        Arguments.of(ROBUST, -400.0, 400.0),
        Arguments.of(LOG, -1 + 1e-9, 400.0),
        Arguments.of(LOGIT, -1 + 1e-9, 2 - 1e-9));
  }

  @ParameterizedTest
  @MethodSource("integrals")
  void aDensityIntegratesToOneInTheDatasUnits(ColumnSpec column, double from, double to) {
    try (FlowModel model = model(table(column), "float64")) {
      // Equal steps on the line, where the density is smooth; the Jacobian by differences.
      Cells cells = new Cells(column);
      int n = 8_000;
      double low = cells.toLine(from, 0);
      double high = cells.toLine(to, 0);
      double[] edges = new double[n + 1];
      for (int i = 0; i <= n; i++) {
        edges[i] = cells.toCell(low + (high - low) * i / n);
      }
      double[][] rows = new double[n][];
      Arrays.setAll(rows, i -> new double[] {cells.toCell(low + (high - low) * (i + 0.5) / n)});
      double[] logProb = model.logProb(rows);
      double sum = 0;
      for (int i = 0; i < n; i++) {
        sum += Math.exp(logProb[i]) * (edges[i + 1] - edges[i]);
      }
      assertEquals(1, sum, 2e-3);
    }
  }

  static Stream<ColumnSpec> discrete() {
    return Stream.of(COLOUR, ANSWER, COUNT, BOUNDED);
  }

  @ParameterizedTest
  @MethodSource("discrete")
  void probabilitiesTimesDensitiesSumToOne(ColumnSpec column) {
    try (FlowModel model = model(table(column, REAL), "float64")) {
      List<double[]> rows = new ArrayList<>();
      double step = 0.05;
      for (double value : valuesOf(column)) {
        for (double x = -10; x < 10; x += step) {
          rows.add(new double[] {value, x});
        }
      }
      double[] logProb = model.logProb(rows.toArray(double[][]::new));
      double sum = Arrays.stream(logProb).map(Math::exp).sum() * step;
      // What is left are the errors of the step and of sixteen points for an interval with kinks.
      assertEquals(1, sum, 1e-2);
    }
  }

  private static double[] valuesOf(ColumnSpec column) {
    if (!column.values().isEmpty()) {
      return column.values().stream().mapToDouble(Double::doubleValue).toArray();
    }
    int from = column.equals(BOUNDED) ? 0 : -12;
    int to = column.equals(BOUNDED) ? 4 : 12;
    return java.util.stream.IntStream.rangeClosed(from, to).asDoubleStream().toArray();
  }

  static Stream<ColumnSpec> all() {
    return Stream.of(REAL, ROBUST, LOG, LOGIT, CIRCULAR, COLOUR, ANSWER, COUNT, BOUNDED);
  }

  @ParameterizedTest
  @MethodSource("all")
  void cellsComeBackFromTheLine(ColumnSpec column) {
    Cells cells = new Cells(column);
    Random random = new Random(3);
    for (int i = 0; i < 500; i++) {
      double x = cells.toCell(2 * random.nextGaussian());
      double u = 1e-6 + (1 - 2e-6) * random.nextDouble();
      double z = cells.toLine(x, u);
      assertEquals(x, cells.toCell(z), column.isDiscrete() ? 0 : 1e-9 * (1 + Math.abs(x)));
      assertTrue(Double.isFinite(cells.logSlope(x, z)), column.name());
    }
  }

  /** The slopes of the others are checked by the sums. */
  static Stream<ColumnSpec> real() {
    return Stream.of(REAL, ROBUST, LOG, LOGIT, CIRCULAR);
  }

  @ParameterizedTest
  @MethodSource("real")
  void theSlopeIsThatOfTheMap(ColumnSpec column) {
    Cells cells = new Cells(column);
    Random random = new Random(4);
    for (int i = 0; i < 200; i++) {
      double x = cells.toCell(1.5 * random.nextGaussian());
      double h = 1e-6 * (1 + Math.abs(x)) * 0.01;
      double slope = (cells.toLine(x + h, 0) - cells.toLine(x - h, 0)) / (2 * h);
      assertEquals(Math.log(slope), cells.logSlope(x, cells.toLine(x, 0)), 1e-5);
    }
  }

  @Test
  void samplesAreOfTheColumnsKinds() {
    try (FlowModel model = model(table(COLOUR, LOGIT, COUNT, BOUNDED, ANSWER), "float32")) {
      Table samples = model.sample(2_000, 7);
      assertEquals(List.of("colour", "logit", "count", "bounded", "answer"), samples.names());
      for (double[] row : samples.rows()) {
        assertTrue(row[0] == 0 || row[0] == 1 || row[0] == 2);
        assertTrue(row[1] >= -1 && row[1] <= 2);
        assertEquals(Math.rint(row[2]), row[2]);
        assertTrue(row[3] >= 0 && row[3] <= 4 && row[3] == Math.rint(row[3]));
        assertTrue(row[4] == 0 || row[4] == 1);
      }
      assertTrue(List.of("blue", "green", "red").contains(samples.cell(0, 0)));
    }
  }

  @Test
  void sharesOfAnUntrainedModelAreThoseOfTheData() {
    FlowSpec spec = FlowSpec.of(Flows.maf(2, 1, 4)).withTable(table(COLOUR, REAL));
    try (FlowModel model = FlowModel.create(spec, 1)) {
      double[] logProb = model.logProb(new double[][] {{0, 0}, {1, 0}, {2, 0}});
      double normal = -0.5 * Math.log(2 * Math.PI);
      // A masked flow begins as the identity up to small weights.
      assertArrayEquals(
          new double[] {Math.log(0.5) + normal, Math.log(0.2) + normal, Math.log(0.3) + normal},
          logProb,
          0.5);
    }
  }

  @Test
  void whatHasNoProbabilityIsNegativeInfinity() {
    try (FlowModel model = model(table(COLOUR, LOG, BOUNDED), "float64")) {
      double[] logProb =
          model.logProb(new double[][] {{0, 1, 2}, {7, 1, 2}, {0, -1, 2}, {0, 1, 9}, {0, 1, 2.5}});
      assertTrue(Double.isFinite(logProb[0]));
      for (int i = 1; i < logProb.length; i++) {
        assertEquals(Double.NEGATIVE_INFINITY, logProb[i], "row " + i);
      }
    }
  }

  @Test
  void aRowsScoreDependsOnThatRowAlone() {
    try (FlowModel model = model(table(COLOUR, REAL, COUNT), "float64")) {
      double[][] rows = model.sample(300, 3).rows();
      double[] together = model.logProb(rows);
      for (int i : new int[] {0, 17, 299}) {
        assertEquals(together[i], model.logProb(new double[][] {rows[i]})[0], 1e-12);
      }
      assertArrayEquals(together, model.withChunkRows(32).logProb(rows), 1e-12);
    }
  }

  @Test
  void sampledLogDensitiesAreThoseOfScoring() {
    for (TableSpec table : List.of(table(ROBUST, LOGIT), table(COLOUR, LOG))) {
      try (FlowModel model = model(table, "float64")) {
        var drawn = model.sampleAndLogProb(50, Context.none(), 4);
        assertArrayEquals(model.logProb(drawn.rows()), drawn.logProb(), 1e-6);
      }
    }
  }

  @Test
  void tablesAreReadByNamesAndLabels(@TempDir Path folder) {
    TableSpec spec = new TableSpec(List.of(REAL, COLOUR), List.of(ANSWER), "id");
    try (FlowModel model =
        model(spec, "float32").withColumns(List.of("x", "colour"), List.of("answer"))) {
      Table other =
          Table.of(
              List.of("colour", "more", "answer", "x"),
              List.of(
                  new Table.Type.Labels(List.of("red", "violet", "blue")),
                  Table.Type.NUMBER,
                  Table.Type.NUMBER,
                  Table.Type.NUMBER),
              new double[][] {{0, 5, 1, 0.3}, {1, 5, 0, 0.3}, {2, 5, 0, 0.4}});
      double[] expected =
          model.logProb(
              new double[][] {{0.3, 2}, {0.3, -1}, {0.4, 0}},
              Context.of(new double[][] {{1}, {0}, {0}}));
      assertArrayEquals(expected, model.logProb(other));
      assertEquals(Double.NEGATIVE_INFINITY, expected[1]);

      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(spec, loaded.config().table());
        assertArrayEquals(expected, loaded.logProb(other));
        Table given = Table.of(List.of("answer"), new double[][] {{0}, {1}});
        Table samples = loaded.sample(given, 3, 1);
        assertEquals(6, samples.rowCount());
        assertArrayEquals(samples.rows(), model.sample(given, 3, 1).rows());
      }
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.logProb(other.selectColumns(new int[] {0, 2})),
          "no column 'x'");
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () ->
              model.logProb(Table.of(List.of("x", "colour", "answer"), new double[][] {{1, 2, 0}})),
          "column 'colour' is of another kind",
          "text, such as 'blue'",
          "numbers");
    }
  }

  @Test
  void contextsAreEncoded() {
    ColumnSpec gap = REAL.withGaps(true);
    TableSpec spec =
        new TableSpec(List.of(ColumnSpec.real("y")), List.of(COLOUR, CIRCULAR, gap, ANSWER), null);
    assertEquals(3 + 2 + 2 + 1, spec.contextSize());
    GivenColumns given = new GivenColumns(spec);
    double[][] encoded = given.encode(new double[][] {{1, 6, Double.NaN, 1}, {2, 18, 4, 0}});
    double angle = -Math.PI / 2;
    assertArrayEquals(
        new double[] {0, 1, 0, Math.cos(angle), Math.sin(angle), 0, 1, 1}, encoded[0], 1e-12);
    assertArrayEquals(
        new double[] {0, 0, 1, Math.cos(-angle), Math.sin(-angle), 4, 0, 0}, encoded[1], 1e-12);
    assertFails(
        ErrorKey.NON_FINITE,
        () -> given.encode(new double[][] {{Double.NaN, 6, 0, 1}}),
        "row 1, column 'colour' of the context is missing");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> given.encode(new double[][] {{5, 6, 0, 1}}),
        "row 1, column 'colour' is 5; the model knows [blue, green, red] there");
  }

  @Test
  void momentsAreThoseOfTheLine() {
    FlowSpec spec = FlowSpec.of(Flows.maf(2, 1, 4)).withTable(table(LOG, COLOUR));
    Batch batch = Batch.of(new double[][] {{0, 0}, {Math.E * Math.E - 1, 2}});
    Moments moments = Objects.requireNonNull(spec.withMomentsOf(batch).moments());
    assertArrayEquals(new double[] {1, 0}, moments.mean(), 1e-12);
    assertArrayEquals(new double[] {1, 1}, moments.standardDeviation(), 1e-12);
  }
}
