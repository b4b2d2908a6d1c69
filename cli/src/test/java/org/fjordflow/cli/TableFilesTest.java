package org.fjordflow.cli;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands read and write: files, streams, columns beside the model's. */
final class TableFilesTest {
  private static final int ROWS = 300;

  @TempDir private Path folder;
  private Path model;
  private Path data;
  private double[][] rows;
  private double[] expected;

  @BeforeEach
  void saveAModelWithColumnsAAndB() {
    model = folder.resolve("model");
    data = folder.resolve("rows.csv");
    try (FlowModel made =
        FlowModel.create(FlowSpec.of(Flows.maf(2, 2, 8)), 5)
            .withColumns(List.of("a", "b"), List.of())) {
      made.save(model);
      rows = made.sample(ROWS, 1).rows();
      expected = made.logProb(rows);
    }
    double[][] wide = new double[ROWS][];
    for (int i = 0; i < ROWS; i++) {
      wide[i] = new double[] {rows[i][1], i % 3, rows[i][0], 86400.0 * i};
    }
    List<Table.Type> types =
        List.of(
            Table.Type.NUMBER,
            new Table.Type.Labels(List.of("x", "y, so", "z")),
            Table.Type.NUMBER,
            new Table.Type.Time("yyyy-MM-dd"));
    Tables.write(data, Table.of(List.of("b", "kind", "a", "day"), types, wide));
  }

  private Table scored(Object... more) {
    Path out = folder.resolve("scores.csv");
    Object[] words = {"score", "--model", model, "--data", data, "--out", out};
    CommandRun.done(Stream.concat(Stream.of(words), Stream.of(more)).toArray());
    return Tables.read(out);
  }

  @Test
  void columnsAreFoundByNameAndPartsDoNotShow() {
    assertArrayEquals(expected, scored().column(0));
    assertEquals(List.of("log_prob"), scored().names());
    assertArrayEquals(expected, scored("--chunk-rows", 70_000).column(0));
  }

  @Test
  void idsNumbersAndOtherColumnsStandBesideScores() {
    Table table = scored("--id", "day", "--carry", "kind,b");
    assertEquals(List.of("day", "kind", "b", "log_prob"), table.names());
    assertEquals("1970-01-03", table.cell(2, 0));
    assertEquals("y, so", table.cell(4, 1));
    assertArrayEquals(expected, table.column(3));
    Table numbered = scored("--row-numbers");
    assertEquals(List.of("row", "log_prob"), numbered.names());
    assertEquals(ROWS, numbered.column(0)[ROWS - 1]);
    CommandRun.of("score", "--model", model, "--data", data, "--out", "o.csv", "--id", "none")
        .assertFailed(ExitStatus.WRONG_INPUT, "no column 'none'", "kind");
  }

  @Test
  void standardInputAndOutputAreTables() throws IOException {
    InputStream before = System.in;
    try (InputStream in = Files.newInputStream(data)) {
      System.setIn(in);
      CommandRun run = CommandRun.done("score", "--model", model, "--data", "-", "--out", "-");
      assertTrue(run.err().contains("300 rows, mean log-density"), run.err());
      byte[] out = run.out().getBytes(StandardCharsets.UTF_8);
      Table table =
          Tables.read(new ByteArrayInputStream(out), "out", Tables.ReadOptions.defaults());
      assertArrayEquals(expected, table.column(0));
    } finally {
      System.setIn(before);
    }
    try (InputStream in = Files.newInputStream(data)) {
      System.setIn(in);
      Path run = folder.resolve("run");
      CommandRun.done("train", "--data", "-", "--out", run, "--steps", 1, "--no-pictures");
      assertTrue(Files.readString(run.resolve("config.json")).contains("standard input"));
    } finally {
      System.setIn(before);
    }
    CommandRun sampled =
        CommandRun.done("sample", "--model", model, "--n", ROWS, "--seed", 1, "--out", "-");
    Path file = folder.resolve("samples.csv.gz");
    CommandRun.done("sample", "--model", model, "--n", ROWS, "--seed", 1, "--out", file);
    assertArrayEquals(rows, Tables.read(file).rows());
    assertEquals(ROWS + 1, sampled.out().lines().count());
    assertEquals("a,b", sampled.out().lines().findFirst().orElse(""));
  }

  @Test
  void parquetHoldsTheSame() throws IOException {
    Tables.ReadOptions options = Tables.ReadOptions.defaults();
    Table table = Tables.read(data);
    Path parquet = folder.resolve("new/rows.parquet");
    try (Tables.Writer writer = new ParquetTables(parquet)) {
      writer.append(table.selectRows(IntStream.range(0, 100).toArray()));
      assertEquals(List.of(".rows.parquet.0.part"), CommandRun.files(folder.resolve("new")));
      writer.append(table.selectRows(IntStream.range(100, ROWS).toArray()));
      writer.finish();
    }
    assertEquals(List.of("rows.parquet"), CommandRun.files(folder.resolve("new")));
    Table back = TableFiles.read(parquet.toString(), options);
    assertEquals(table.types(), back.types());
    assertArrayEquals(table.rows(), back.rows());
    Path out = folder.resolve("scores.parquet");
    CommandRun.done("score", "--model", model, "--data", parquet, "--out", out, "--id", "kind");
    Table scores = TableFiles.read(out.toString(), options);
    assertArrayEquals(expected, scores.column(1));
    assertEquals("y, so", scores.cell(4, 0));
    Files.writeString(parquet, "no parquet");
    CommandRun.of("score", "--model", model, "--data", parquet, "--out", out)
        .assertFailed(ExitStatus.WRONG_INPUT, "rows.parquet as Parquet");
  }

  @Test
  void parquetKeepsGapsAndTimes() {
    Tables.ReadOptions gaps =
        Tables.ReadOptions.defaults().withMissing(Tables.ReadOptions.Missing.KEEP);
    List<Table.Type> types =
        List.of(
            Table.Type.NUMBER,
            new Table.Type.Labels(List.of("u", "v")),
            new Table.Type.Time("yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"));
    double nan = Double.NaN;
    double[][] cells = {{1, 1, 1.5e9 + 0.25}, {nan, nan, nan}, {-0.0, 0, -0.5}};
    String path = folder.resolve("gaps.parquet").toString();
    try (Tables.Writer writer = new ParquetTables(Path.of(path))) {
      writer.append(Table.of(List.of("n", "c", "t"), types, cells));
      writer.finish();
    }
    Table back = TableFiles.read(path, gaps);
    assertEquals(types, back.types());
    assertArrayEquals(cells, back.rows());
    assertFails(
        ErrorKey.NON_FINITE,
        () -> TableFiles.read(path, Tables.ReadOptions.defaults()),
        "row 2, column 'n' is NaN");
  }

  @Test
  void whatCannotBeReadIsSaid() {
    Path out = folder.resolve("scores.csv");
    CommandRun.of("score", "--model", model, "--data", "rows.xlsx", "--out", out)
        .assertFailed(ExitStatus.WRONG_INPUT, "rows.xlsx", "save it as .csv");
    Path text = folder.resolve("text.csv");
    Tables.write(
        text,
        Table.of(
            List.of("a", "b"),
            List.of(Table.Type.NUMBER, new Table.Type.Labels(List.of("x"))),
            new double[][] {{1, 0}}));
    CommandRun.of("score", "--model", model, "--data", text, "--out", out)
        .assertFailed(ExitStatus.WRONG_INPUT, "column 'b' is of another kind");
  }
}
