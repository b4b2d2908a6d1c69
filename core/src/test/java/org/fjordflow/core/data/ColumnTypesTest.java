package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.Tables.ReadOptions.Missing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the columns of text files are taken for. */
class ColumnTypesTest {
  private static final Table.Type NUMBER = new Table.Type.Number();
  private static final ReadOptions GAPS = ReadOptions.defaults().withMissing(Missing.KEEP);

  @TempDir Path folder;

  private Table read(String text) throws IOException {
    return read(text, ReadOptions.defaults());
  }

  private Table read(String text, ReadOptions options) throws IOException {
    Path path = Files.writeString(folder.resolve("t.csv"), text);
    return Tables.read(path.toString(), options);
  }

  private static Table.Type labels(String... labels) {
    return new Table.Type.Labels(List.of(labels));
  }

  private static double seconds(int year, int month, int day, int hour, int minute) {
    return LocalDateTime.of(year, month, day, hour, minute).toEpochSecond(ZoneOffset.UTC);
  }

  @Test
  void textIsLabelsInTheirOrder() throws IOException {
    Table table = read("city,n,ok\nrome,1,yes\nbern,2,no\nrome,3,yes\n");
    assertEquals(List.of(labels("bern", "rome"), NUMBER, labels("no", "yes")), table.types());
    assertArrayEquals(new double[] {1, 0, 1}, table.column(0));
    assertArrayEquals(new double[] {1, 2, 3}, table.column(1));
    assertEquals("rome", table.cell(2, 0));
    assertEquals("3.0", table.cell(2, 1));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.cell(3, 0), "row 3");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.type(3), "column 3");
  }

  @Test
  void lessThanHalfNumbersAreLabelsTooWhereverTheyStand() throws IOException {
    for (String text :
        List.of("c\n7\n07\na\nb\nc\n", "c\na\nb\nc\n7\n07\n", "c\na\n7\nb\n07\nc\n")) {
      Table table = read(text);
      assertEquals(labels("07", "7", "a", "b", "c"), table.type(0), text);
      List<String> cells = new ArrayList<>();
      for (int i = 0; i < table.rowCount(); i++) {
        cells.add(table.cell(i, 0));
      }
      assertEquals(text, "c\n" + String.join("\n", cells) + "\n");
    }
  }

  @Test
  void aFirstLineOfTextAndNumbersIsARow() throws IOException {
    Table table = read("39, State-gov, <=50K\n50, Private, >50K\n");
    assertEquals(List.of(), table.names());
    assertEquals(
        List.of(NUMBER, labels("Private", "State-gov"), labels("<=50K", ">50K")), table.types());
  }

  @Test
  void columnsCanBeSaidToBeText() throws IOException {
    ReadOptions options = ReadOptions.defaults().withText(Set.of("zip", "x1"));
    Table table = read("zip,n\n01234,1\n1234,2\n01234,3\n", options);
    assertEquals(List.of(labels("01234", "1234"), NUMBER), table.types());
    assertArrayEquals(new double[] {0, 1, 0}, table.column(0));
    assertEquals(labels("1", "a"), read("1\n1\na\n", options).type(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2020-02-29 ~ 1969-12-31                    | yyyy-MM-dd",
        "29.02.2020 ~ 31.12.1969                    | dd.MM.yyyy",
        "02/29/2020 ~ 12/31/1969                    | MM/dd/yyyy",
        "01/02/2020 ~ 29/02/2020                    | dd/MM/yyyy",
        "2020-02-29T12:34 ~ 1969-12-31T23:59        | yyyy-MM-dd'T'HH:mm",
        "2020-02-29 12:34:56 ~ 1969-12-31 23:59:59  | yyyy-MM-dd HH:mm:ss",
        "2020-02-29T12:34:56.125 ~ 2020-02-29T12:34:57.000 | yyyy-MM-dd'T'HH:mm:ss.SSS",
        "2020-02-29T12:34:56.123456Z ~ 1969-12-31T23:59:59.999999Z |"
            + " yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
        "2020-02-29T12:34:56Z ~ 2021-02-28T00:00:00Z | yyyy-MM-dd'T'HH:mm:ssXXX"
      })
  void timesPrintAsTheyWereWritten(String cells, String pattern) throws IOException {
    String[] written = cells.split(" ~ ", -1);
    String text = "when,n\n" + written[0] + ",1\n" + written[1] + ",2\n" + written[0] + ",3\n";
    Table table = read(text);
    assertEquals(List.of(new Table.Type.Time(pattern), NUMBER), table.types());
    for (int i = 0; i < 3; i++) {
      assertEquals(written[i % 2], table.cell(i, 0));
    }
    Path back = folder.resolve("back.csv");
    table.write(back);
    Table again = Table.read(back);
    assertEquals(table.types(), again.types());
    assertArrayEquals(table.column(0), again.column(0));
  }

  @Test
  void timesAreSecondsOfUtc() throws IOException {
    Table table = read("2020-02-29T12:30+05:30\n2020-02-29T12:30Z\n1970-01-01T00:00-01:00\n");
    assertArrayEquals(
        new double[] {seconds(2020, 2, 29, 7, 0), seconds(2020, 2, 29, 12, 30), 3600},
        table.column(0));
    assertEquals("2020-02-29T07:00Z", table.cell(0, 0));
    assertEquals(
        seconds(2020, 2, 1, 0, 0), read("01/02/2020\n29/02/2020\n").column(0)[0]); // the first of 2
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01/02/2020\n03/04/2020", // days or months first
        "2020-02-30\n2020-02-28", // no such day
        "2020-02-28\n28.02.2020",
        "2020-02-28T10:00\n2020-02-28 10:00",
        "2020-02-28T10:00\n2020-02-28T10:00Z",
        "2020-02-28T24:00\n2020-02-28T10:00",
        "13/13/2020\n01/02/2020",
        "2020-02-28\nsoon"
      })
  void whatIsNoTimeThroughoutIsLabels(String text) throws IOException {
    String[] cells = text.split("\n", -1);
    assertEquals(
        labels(List.of(cells).stream().sorted().toArray(String[]::new)),
        read("t,n\n" + String.join(",1\n", cells) + ",2\n").type(0));
  }

  @Test
  void missingCellsAreNanWhereTheyAreKept() throws IOException {
    Table table = read("n,c,t\n1,a,2020-01-01\nNA,?,null\n,-,n/a\n2,NaN,2020-01-02\n", GAPS);
    assertEquals(List.of(NUMBER, labels("a"), new Table.Type.Time("yyyy-MM-dd")), table.types());
    double nan = Double.NaN;
    assertArrayEquals(new double[] {1, nan, nan, 2}, table.column(0));
    assertArrayEquals(new double[] {0, nan, nan, nan}, table.column(1));
    assertEquals(
        List.of("NaN", "", ""), List.of(0, 1, 2).stream().map(j -> table.cell(1, j)).toList());
    assertEquals(NUMBER, read("a,b\n1,\n2,NA\n", GAPS).type(1));
    assertFails(ErrorKey.NON_FINITE, () -> read("1,2\n3,inf\n", GAPS), "line 2, column 2");
    Path single = folder.resolve("single.csv");
    table.selectColumns(new int[] {1}).write(single);
    assertEquals("c\na\n\"\"\n\"\"\n\"\"\n", Files.readString(single));
    assertEquals(4, Tables.read(single.toString(), GAPS).rowCount());
  }

  @Test
  void quotedCellsReachOverEndsOfLines() throws IOException {
    Table table = read("\"a\nb\",n\n\"one\ntwo\",1\n# c\n\"one\r\ntwo\", 2\nx,3\n");
    assertEquals(List.of("a b", "n"), table.names());
    assertEquals("one\ntwo", table.cell(0, 0));
    assertEquals("one\r\ntwo", table.cell(1, 0));
    assertFails(
        ErrorKey.FILE_DAMAGED,
        () -> read("n,t\n1,\"a\nb\"\n1,c\n2,\"d\n3,e\n"),
        "line 5, column 2 ('t') opens a quote that is never closed");
    assertFails(ErrorKey.FILE_DAMAGED, () -> read("n,t\n1,\"a\nb\"\n1\n"), "line 4 has 1 columns");
    assertEquals("a b", read("n \"t u\"\n1  \"a b\" \n 2 c\n").cell(0, 1));
    assertEquals("a \"b", read("n t\n1  \"a \"\"b\" \n 2 c\n").cell(0, 1));
  }

  @Test
  void partsOfATableKeepTypes() {
    List<Table.Type> types = List.of(labels("a", "b"), NUMBER);
    Table table = Table.of(List.of("c", "n"), types, new double[][] {{0, 1}, {1, 2}, {0, 3}});
    assertEquals(types, table.selectRows(new int[] {1}).types());
    assertEquals(List.of(NUMBER, types.get(0)), table.selectColumns(new int[] {1, 0}).types());
    Table.Split split = Table.Split.random(table, 0.3, 0.3, new java.util.Random(1));
    assertEquals(types, split.test().types());
    assertEquals(List.of(NUMBER, NUMBER), Table.of(new double[][] {{1, 2}}).types());
  }

  @Test
  void typesAreChecked() {
    List<Table.Type> types = List.of(labels("a", "b"));
    for (double code : new double[] {-1, 2, 0.5, 1.0 / 0}) {
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> Table.of(List.of("c"), types, new double[][] {{0}, {code}}),
          "row 2, column 1 ('c') is " + code);
    }
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Table.of(List.of("c", "d"), types, new double[0][]));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> labels("a", "a"), "'a'");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> labels(" "), "blank");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Table.Type.Time("hours"), "'hours'");
    Table table = Table.of(List.of("c"), types, new double[][] {{0}});
    assertFails(
        ErrorKey.FILE_FORMAT,
        () -> table.write(folder.resolve("a.npy")),
        "column 1 ('c') holds labels, and npy only numbers; write .csv, or leave the column out");
  }

  @Test
  void tablesOfAnyLabelsReadBack() {
    long seed = 11;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 200; round++) {
      Set<String> drawn = new java.util.TreeSet<>(Set.of("x"));
      while (drawn.size() < 5) {
        drawn.add("x" + text(random));
      }
      List<String> labels = List.copyOf(drawn);
      double[][] rows = new double[20][2];
      for (int i = 0; i < rows.length; i++) {
        boolean missing = i >= 5 && random.nextInt(5) == 0;
        rows[i][0] = missing ? Double.NaN : i < 5 ? i : random.nextInt(5);
        rows[i][1] = random.nextGaussian();
      }
      Path path = folder.resolve("labels.csv");
      Table table =
          Table.of(List.of("c", "n"), List.of(new Table.Type.Labels(labels), NUMBER), rows);
      table.write(path);
      Table back = Tables.read(path.toString(), GAPS);
      String round17 = "seed " + seed + ", round " + round + ": " + labels;
      assertEquals(
          labels.stream().sorted().toList(), ((Table.Type.Labels) back.type(0)).labels(), round17);
      assertArrayEquals(table.column(0), back.column(0), round17);
      assertArrayEquals(table.column(1), back.column(1), round17);
    }
  }

  private static String text(SplittableRandom random) {
    String some = " ,;\n\t\"'#aä1.-_漢";
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(1, 6); text.length() < length; ) {
      text.append(some.charAt(random.nextInt(some.length())));
    }
    return text.toString();
  }
}
