package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables as they come: columns that are empty, of all kinds of cells, or named twice. */
final class OddTablesTest {
  private static final int ROWS = 60;

  @TempDir private Path folder;

  private interface Cell {
    String of(int row, SplittableRandom random);
  }

  private Path file(String header, Cell... cells) throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    StringBuilder text = new StringBuilder(header).append('\n');
    for (int i = 0; i < ROWS; i++) {
      for (int j = 0; j < cells.length; j++) {
        text.append(j == 0 ? "" : ",").append(cells[j].of(i, random));
      }
      text.append('\n');
    }
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, text);
    return file;
  }

  private static String number(int row, SplittableRandom random) {
    return Double.toString(random.nextGaussian());
  }

  /** Mostly numbers, with some text. */
  private static String mixed(int row, SplittableRandom random) {
    return row % 3 == 2 ? "x" : Integer.toString(row % 3);
  }

  private CommandRun train(Path data, Object... more) {
    Object[] words = {
      "train",
      "--data",
      data,
      "--out",
      folder.resolve("run"),
      "--steps",
      1,
      "--no-pictures",
      "--model",
      "maf",
      "--overwrite"
    };
    return CommandRun.of(Stream.concat(Stream.of(words), Stream.of(more)).toArray());
  }

  private void score(Path data) {
    CommandRun.done(
        "score",
        "--model",
        folder.resolve("run"),
        "--data",
        data,
        "--out",
        folder.resolve("o.csv"));
  }

  /**
   * Numbers with text among them are refused where they are modelled as numbers, and only there.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--drop b",
        "--drop 2",
        "--columns a",
        "--columns 1,3",
        "--id b",
        "--id 2",
        "--kind b=id",
        "--target a --given c",
        "--target 3 --given 1",
        "--kind b=category",
        "--kind 2=category"
      })
  void mixedCellsAreNoMatterWhereTheyAreNoNumbers(String words) throws IOException {
    Path data = file("a,b,c", OddTablesTest::number, OddTablesTest::mixed, OddTablesTest::number);
    train(data)
        .assertFailed(
            ExitStatus.WRONG_INPUT, "line 4, column 2 ('b') is 'x'", "--kind COLUMN=category");
    CommandRun run = train(data, (Object[]) words.split(" "));
    run.assertDone();
    assertEquals(words.contains("category"), run.out().contains("b  category of 3 values"));
    score(data);
  }

  @Test
  void aColumnOfLabelsMayBeMixedToo() throws IOException {
    Path data =
        file("a,b,c", OddTablesTest::number, (i, r) -> i < 55 ? "0" : "x", OddTablesTest::number);
    CommandRun.done(
        "detect",
        "--train",
        data,
        "--data",
        data,
        "--labels",
        "b",
        "--rate",
        0.1,
        "--steps",
        1,
        "--recipe",
        "maf",
        "--out",
        folder.resolve("o.csv"));
  }

  /** Nothing is learned of an empty column, such as that behind a trailing comma. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"a,b, | x3", "a,b,c | c"})
  void anEmptyColumnIsLeftOut(String header, String name) throws IOException {
    Path data = file(header, OddTablesTest::number, OddTablesTest::number, (row, random) -> "");
    CommandRun run = train(data);
    run.assertDone();
    assertTrue(
        run.out().contains("  " + name + "  empty: left out")
            || run.out().contains("  " + name + " empty: left out"),
        run.out());
    assertTrue(run.out().contains("2 columns, 48 rows"), run.out());
    score(data);
    train(data, "--target", name)
        .assertFailed(
            ExitStatus.WRONG_INPUT, "column '" + name + "' is empty; leave it out: --drop");
    train(data, "--kind", name + "=real").assertFailed(ExitStatus.WRONG_INPUT, "is empty");
  }

  /** Two columns of one name are told apart by their numbers. */
  @Test
  void aNameOfTwoIsRefusedWhereItIsMeant() throws IOException {
    Path data = file("a,a,b", OddTablesTest::number, OddTablesTest::number, OddTablesTest::number);
    for (String words : List.of("--drop b", "--drop a", "--target a", "--columns a,b")) {
      train(data, (Object[]) words.split(" "))
          .assertFailed(ExitStatus.WRONG_INPUT, "two columns are named 'a'", "--drop N");
    }
    for (String words : List.of("--drop 1", "--columns 2,3", "--target b --given 1")) {
      train(data, (Object[]) words.split(" ")).assertDone();
    }
    CommandRun.of(
            "score",
            "--model",
            folder.resolve("run"),
            "--data",
            data,
            "--out",
            folder.resolve("o.csv"))
        .assertFailed(ExitStatus.WRONG_INPUT, "has two columns named 'a'");
  }

  @Test
  void namesAndLabelsOfAnyLettersComeBack() throws IOException {
    List<String> labels = List.of("\"a, b\"", "\"line\nbreak\"", "\u8D64", "\"quo\"\"te\"");
    Path data =
        file(
            "\uFEFF\"gr\u00F6\u00DFe, cm\",\"q\"\"uote\",\u8272",
            OddTablesTest::number,
            (row, random) -> labels.get(random.nextInt(4)),
            OddTablesTest::number);
    train(data, "--drop", "\u8272,\"gr\u00F6\u00DFe, cm\"").assertDone();
    train(data, "--target", "q\"uote", "--given", "\u8272").assertDone();
    Path out = folder.resolve("o.csv");
    CommandRun.done(
        "predict",
        "--model",
        folder.resolve("run"),
        "--data",
        data,
        "--out",
        out,
        "--carry",
        "\"gr\u00F6\u00DFe, cm\"");
    String written = Files.readString(out);
    assertEquals(
        "\"gr\u00F6\u00DFe, cm\",mode,\"p_a, b\",\"p_line break\",\"p_quo\"\"te\",p_\u8D64\n",
        written.substring(0, written.indexOf('\n') + 1));
    assertFalse(written.contains("NaN"));
    // A remark stays in one line, whatever the labels are.
    train(data, "--target", "\u8272", "--given", "q\"uote").assertDone();
    Path other = folder.resolve("other.csv");
    Files.writeString(other, "\"q\"\"uote\"\n\"other\nlabel\"\n\u8D64\n");
    CommandRun run =
        CommandRun.done("predict", "--model", folder.resolve("run"), "--data", other, "--out", out);
    assertTrue(
        run.out().lines().anyMatch(line -> line.endsWith("is 'other label': line 2")), run.out());
  }
}
