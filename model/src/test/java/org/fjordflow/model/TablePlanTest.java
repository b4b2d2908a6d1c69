package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.fjordflow.model.TableOptions.Missing;
import org.junit.jupiter.api.Test;

/** What the columns of a table are taken for. */
class TablePlanTest {

  private static final long SEED = 5;

  private interface Rows {
    double[] row(int i, Random random);
  }

  private static double[][] rows(int n, Rows rows) {
    Random random = new Random(SEED);
    double[][] result = new double[n][];
    for (int i = 0; i < n; i++) {
      result[i] = rows.row(i, random);
    }
    return result;
  }

  private static final Table.Type.Labels COLOURS =
      new Table.Type.Labels(List.of("blue", "green", "red"));

  private static Table mixed() {
    return Table.of(
        List.of("name", "colour", "x", "count", "age", "answer", "day", "rate"),
        List.of(
            new Table.Type.Labels(names(600)),
            COLOURS,
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            Table.Type.NUMBER,
            new Table.Type.Labels(List.of("no", "yes")),
            new Table.Type.Time("yyyy-MM-dd"),
            Table.Type.NUMBER),
        rows(
            600,
            (i, random) ->
                new double[] {
                  i,
                  i % 3,
                  random.nextGaussian(),
                  i % 5,
                  18 + random.nextInt(70),
                  i % 2,
                  86_400.0 * random.nextInt(1_000),
                  0.5 * random.nextInt(4) + 0.25
                }));
  }

  private static List<String> names(int n) {
    return java.util.stream.IntStream.range(0, n).mapToObj(i -> "row" + i).toList();
  }

  private static Table numbers(int n, List<String> names, Rows rows) {
    return Table.of(names, rows(n, rows));
  }

  @Test
  void kindsAreFoundFromCells() {
    TablePlan plan = TableOptions.standard().plan(mixed());
    List<ColumnSpec> columns = plan.spec().data();
    assertEquals(
        List.of("colour", "x", "count", "age", "answer", "day", "rate"),
        columns.stream().map(ColumnSpec::name).toList());
    assertEquals(
        List.of(
            Kind.CATEGORY,
            Kind.REAL,
            Kind.INTEGER,
            Kind.INTEGER,
            Kind.YES_NO,
            Kind.TIME,
            Kind.CATEGORY),
        columns.stream().map(ColumnSpec::kind).toList());
    assertEquals(
        List.of(
            Scale.CELLS,
            Scale.STANDARD,
            Scale.CELLS,
            Scale.STANDARD,
            Scale.CELLS,
            Scale.STANDARD,
            Scale.CELLS),
        columns.stream().map(ColumnSpec::scale).toList());
    // One value more at the open end: counts are not below zero.
    assertEquals(List.of(0.0, 1.0, 2.0, 3.0, 4.0, 5.0), columns.get(2).values());
    assertEquals(List.of("blue", "green", "red"), columns.get(0).labels());
    assertEquals(
        "text of too many values: left out; --kind name=category keeps it",
        plan.columns().get("name"));
    assertEquals("category of 3 values: dequantised by shares", plan.columns().get("colour"));
    assertEquals("real: standardised", plan.columns().get("x"));
    assertEquals("integer: dequantised, standardised", plan.columns().get("age"));
    assertTrue(plan.spec().isMixed());
  }

  @Test
  void arraysWithoutNamesAreNumbers() {
    TablePlan plan =
        TableOptions.standard().plan(Table.of(rows(100, (i, random) -> new double[] {i % 2, i})));
    assertNull(plan.specOrNull());
    assertFalse(plan.spec().isMixed());
  }

  @Test
  void rolesAndKindsCanBeSaid() {
    TablePlan plan =
        TableOptions.standard()
            .withTarget(List.of("x", "4"))
            .withGiven(List.of("colour", "answer"))
            .withId("name")
            .withKind("count", Kind.REAL)
            .plan(mixed());
    assertEquals(List.of("x", "count"), plan.spec().dataNames());
    assertEquals(List.of("colour", "answer"), plan.spec().givenNames());
    assertEquals("name", plan.spec().id());
    assertEquals(3 + 1, plan.spec().contextSize());
    assertEquals("id: carried along", plan.columns().get("name"));
    assertEquals("given; category of 3 values: one hot", plan.columns().get("colour"));
    assertEquals("left out", plan.columns().get("age"));
    assertEquals(Kind.REAL, plan.spec().data().get(1).kind());
  }

  @Test
  void aTargetAloneIsGivenAllOthers() {
    TablePlan plan = TableOptions.standard().withTarget(List.of("x")).plan(mixed());
    assertEquals(
        List.of("colour", "count", "age", "answer", "day", "rate"), plan.spec().givenNames());
  }

  @Test
  void wrongColumnsAreNamed() {
    TableOptions options = TableOptions.standard();
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withTarget(List.of("y")).plan(mixed()),
        "no column 'y'; the columns are [name, colour");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withTarget(List.of("x")).withGiven(List.of("x")).plan(mixed()),
        "column 'x' is both target and given");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withTarget(List.of("x")).withDrop(List.of("x")).plan(mixed()),
        "'x'",
        "dropped");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withKind("colour", Kind.REAL).plan(mixed()),
        "column 'colour' cannot be real: it holds text");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withBounds("x", 0, 1).plan(mixed()),
        "column 'x' goes from",
        "beyond the bounds 0.0 and 1.0");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withScale("x", Scale.LOG).plan(mixed()),
        "column 'x' has no logarithm");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> options.withGiven(mixed().names()).plan(mixed()),
        "no column is left to model");
  }

  @Test
  void missingCellsAreRefusedDroppedOrMarked() {
    Table table =
        numbers(
            50,
            List.of("y", "c"),
            (i, random) ->
                new double[] {random.nextGaussian(), i % 10 == 3 ? Double.NaN : i + 0.5});
    TableOptions given = TableOptions.standard().withGiven(List.of("c"));
    assertFails(
        ErrorKey.NON_FINITE,
        () -> given.plan(table),
        "row 4, column 'c' is missing, as are cells of 5 rows in all",
        "--missing drop-rows",
        "--missing mark");
    TablePlan dropped = given.withMissing(Missing.DROP_ROWS).plan(table);
    assertEquals(45, dropped.data().rowCount());
    assertEquals(List.of("5 of 50 rows have missing cells and are left out"), dropped.remarks());
    TablePlan marked = given.withMissing(Missing.MARK).plan(table);
    assertEquals(50, marked.data().rowCount());
    assertEquals(2, marked.spec().contextSize());
    assertEquals("given; real: standardised, gaps marked", marked.columns().get("c"));
    assertFails(
        ErrorKey.NON_FINITE,
        () -> TableOptions.standard().withMissing(Missing.MARK).plan(table),
        "row 4, column 'c' is missing",
        "a model of a column needs its cells");
    // What is not used may have gaps.
    assertEquals(50, TableOptions.standard().withDrop(List.of("c")).plan(table).data().rowCount());
  }

  @Test
  void copiesAndSumsOfColumnsAreNamed() {
    Table copies =
        numbers(
            500,
            List.of("x1", "y1", "x2", "y2"),
            (i, random) -> {
              double x = random.nextGaussian();
              double y = random.nextGaussian();
              return new double[] {x, y, x, 2 * y + 1};
            });
    List<String> remarks = TableOptions.standard().plan(copies).remarks();
    assertEquals(1, remarks.size(), remarks.toString());
    assertTrue(
        remarks
            .get(0)
            .startsWith(
                "columns x2, y2 are, up to rounding, (linear combinations of) other columns:"),
        remarks.toString());
    Table sums =
        numbers(
            500,
            List.of("a", "b", "total"),
            (i, random) -> {
              double a = 100 * random.nextGaussian();
              double b = random.nextGaussian();
              return new double[] {a, b, a + b};
            });
    assertTrue(
        TableOptions.standard().plan(sums).remarks().get(0).startsWith("column total is"),
        TableOptions.standard().plan(sums).remarks().toString());
  }

  @Test
  void outliersGetARobustScaleAndAreTold() {
    Table far =
        numbers(
            2_000,
            List.of("count"),
            (i, random) -> {
              double gamma = -1.5 * Math.log(random.nextDouble() * random.nextDouble());
              return new double[] {i % 200 == 7 ? 1e6 * gamma : gamma};
            });
    TablePlan plan = TableOptions.standard().plan(far);
    assertEquals(Scale.ROBUST, plan.spec().data().get(0).scale());
    assertEquals(1, plan.remarks().size());
    assertTrue(
        plan.remarks().get(0).startsWith("column count has a few values so far out"),
        plan.remarks().get(0));
    TablePlan log = TableOptions.standard().withScale("count", Scale.LOG).plan(far);
    assertEquals(Scale.LOG, log.spec().data().get(0).scale());
    assertEquals(List.of(), log.remarks());
  }

  @Test
  void constantsHaveProbabilityOne() {
    Table table =
        numbers(100, List.of("x", "k"), (i, random) -> new double[] {random.nextGaussian(), 0.37});
    TablePlan plan = TableOptions.standard().plan(table);
    assertEquals("constant: always 0.37", plan.columns().get("k"));
    assertEquals(
        List.of("column k is always the same: probability 1, it says nothing of a row"),
        plan.remarks());
  }

  @Test
  void aValueOfAQuarterOfTheRowsIsTold() {
    Table table =
        numbers(
            200,
            List.of("x"),
            (i, random) -> new double[] {i % 3 == 0 ? 0 : random.nextGaussian()});
    assertTrue(
        TableOptions.standard()
            .plan(table)
            .remarks()
            .get(0)
            .startsWith("one value fills a quarter or more of column x:"));
  }

  @Test
  void anOffsetBeyondPrecisionIsTold() {
    Table table =
        numbers(
            200,
            List.of("x"),
            (i, random) -> new double[] {1e15 + Math.rint(8 * random.nextGaussian()) / 8});
    assertTrue(
        TableOptions.standard().plan(table).remarks().stream()
            .anyMatch(text -> text.startsWith("column x is so far from zero")),
        TableOptions.standard().plan(table).remarks().toString());
  }

  @Test
  void fewRowsForManyColumnsAreTold() {
    double[][] rows = rows(30, (i, random) -> random.doubles(10).toArray());
    assertEquals(
        List.of(
            "30 rows are fewer than the 65 parameters of a normal of 10 columns: expect little beyond"
                + " independent columns, and the more of fewer columns"),
        TableOptions.standard().plan(Table.of(rows)).remarks());
  }

  @Test
  void rowsThatRepeatGoToTheSamePart() {
    Table table =
        numbers(
            400,
            List.of("x", "y"),
            (i, random) ->
                i % 4 == 0
                    ? new double[] {0.5 + Math.floorDiv(i, 40), 1.25}
                    : new double[] {random.nextGaussian(), random.nextGaussian()});
    TablePlan plan = TableOptions.standard().plan(table);
    assertTrue(
        plan.remarks().stream().anyMatch(text -> text.contains("rows repeat others")),
        plan.remarks().toString());
    TablePlan.Parts parts = plan.split(0.2, 0.2, new Random(1));
    assertNotNull(parts.validation());
    assertNotNull(parts.test());
    Set<String> train = keys(parts.train().rows());
    Set<String> validation = keys(parts.validation().rows());
    Set<String> test = keys(parts.test().rows());
    assertEquals(400, parts.train().size() + parts.validation().size() + parts.test().size());
    validation.retainAll(train);
    assertEquals(Set.of(), validation);
    test.retainAll(train);
    assertEquals(Set.of(), test);
    assertTrue(parts.test().size() > 40 && parts.test().size() < 140);
  }

  private static Set<String> keys(double[][] rows) {
    Set<String> keys = new HashSet<>();
    Arrays.stream(rows).forEach(row -> keys.add(Arrays.toString(row)));
    return keys;
  }

  @Test
  void rowsThatDifferAreDealtAsBefore() {
    Table table = numbers(97, List.of("x"), (i, random) -> new double[] {random.nextGaussian()});
    Table.Split before = Table.Split.random(table, 0.1, 0.2, new Random(3));
    TablePlan.Parts parts = TableOptions.standard().plan(table).split(0.1, 0.2, new Random(3));
    assertNotNull(parts.validation());
    assertNotNull(parts.test());
    assertArrayEquals(before.train().rows(), parts.train().rows());
    assertArrayEquals(before.validation().rows(), parts.validation().rows());
    assertArrayEquals(before.test().rows(), parts.test().rows());
  }
}
