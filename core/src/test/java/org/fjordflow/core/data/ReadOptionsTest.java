package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Numbers that are written otherwise, and what is said of them. */
class ReadOptionsTest {
  private static final ReadOptions DEFAULTS = ReadOptions.defaults();

  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("t.csv"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1,5        | , |   | 1.5",
        "-1,5e3     | , |   | -1500",
        "1.234,5    | , | . | 1234.5",
        "1 234 567  | . | _ | 1234567",
        "1'234.25   | . | ' | 1234.25",
        "-1,234,567.5 | . | , | -1234567.5",
        "12%        | . |   | 0.12",
        "12,5 %     | , |   | 0.125",
        "-.5%       | . |   | -0.005"
      })
  void readsNumbersAsTheyAreWritten(String cell, char decimal, Character grouping, double value)
      throws IOException {
    char group = grouping == null ? ReadOptions.NONE : grouping == '_' ? ' ' : grouping;
    ReadOptions options = DEFAULTS.withDecimal(decimal).withGrouping(group).withPercent(true);
    Path path = file("\"" + cell + "\";2\n");
    assertArrayEquals(new double[] {value, 2}, Tables.read(path.toString(), options).rows()[0]);
    FjordException error =
        assertThrows(FjordException.class, () -> Tables.read(file("a;b\n" + cell + ";2\n3;4")));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.endsWith(" reads it"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1,5       | line 2, column 1 ('a') is '1,5', expected a number; --decimal , reads it",
        "1,234.5   | line 2, column 1 ('a') is '1,234.5', expected a number; --grouping , reads it",
        "1.234,5   | line 2, column 1 ('a') is '1.234,5', expected a number; --decimal , --grouping"
            + " . reads it",
        "1,234     | line 2, column 1 ('a') is '1,234', expected a number; --grouping , or"
            + " --decimal , reads it",
        "12 %      | line 2, column 1 ('a') is '12 %', expected a number; --percent reads it",
        "1'000     | line 2, column 1 ('a') is '1'000', expected a number; --grouping \"'\" reads"
            + " it",
        "1 000     | line 2, column 1 ('a') is '1 000', expected a number; --grouping ' ' reads it",
        "many      | line 2, column 1 ('a') is 'many', expected a number; correct it, leave the"
            + " column out (--drop), or read it as text (--kind COLUMN=category; ReadOptions.text)",
        "NA        | line 2, column 1 ('a') is 'NA', expected a value; --missing drop-rows leaves"
            + " such rows out (ReadOptions.missing keeps them)",
        "``        | line 2, column 1 ('a') is empty, expected a value; --missing drop-rows leaves"
            + " such rows out (ReadOptions.missing keeps them)",
        "nan       | line 2, column 1 ('a') is nan, expected finite numbers; --missing drop-rows"
            + " leaves such rows out (ReadOptions.missing keeps them)",
        "-inf      | line 2, column 1 ('a') is -inf, expected finite numbers; remove such rows or"
            + " fill them in"
      })
  void saysWhichOptionReadsACell(String cell, String message) throws IOException {
    Path path = file("a;b\n" + cell + ";1\n2;3\n4;5\n");
    FjordException error = assertThrows(FjordException.class, () -> Tables.read(path));
    assertEquals(path + ": " + message, error.getMessage());
  }

  @Test
  void aColumnOfNumbersWrittenOtherwiseIsNotText() throws IOException {
    assertFails(
        ErrorKey.FILE_DAMAGED,
        () -> Tables.read(file("price;n\n1,5;1\n2,25;2\n-3,125;3\n")),
        "line 2, column 1 ('price') is '1,5'",
        "--decimal ,");
    assertFails(
        ErrorKey.FILE_DAMAGED,
        () -> Tables.read(file("n;part\n1;a\n2;12 %\n3;13 %\n")),
        "line 2, column 2 ('part') is 'a'");
  }

  @Test
  void aCommaBetweenDigitsSeparatesNoDecimals() throws IOException {
    ReadOptions comma = DEFAULTS.withDecimal(',');
    assertEquals(1, Tables.read(file("1,5\n2,5\n").toString(), comma).columns());
    Table quoted = Tables.read(file("a,b\n\"1,5\",2\n").toString(), comma);
    assertArrayEquals(new double[] {1.5, 2}, quoted.rows()[0]);
  }

  @Test
  void groupsAreOfThreeDigits() throws IOException {
    ReadOptions options = DEFAULTS.withGrouping(',');
    assertEquals(1234.5, Tables.read(file("1234.5;1").toString(), options).rows()[0][0]);
    for (String cell : new String[] {"1,23", "12,34,567", ",123", "1234,567", "1,234,", "1,,234"}) {
      Path path = file("1;1\n" + cell + ";1\n1;1");
      assertFails(
          ErrorKey.FILE_DAMAGED, () -> Tables.read(path.toString(), options), "'" + cell + "'");
    }
  }

  @Test
  void optionsAreChecked() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> DEFAULTS.withDecimal(';'), "';'");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> DEFAULTS.withGrouping('.'), "'.'");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> DEFAULTS.withGrouping('x'), "'x'");
  }

  /** Against Java's own formatter, which groups and marks as it is told. */
  @Test
  void readsWhatJavaFormats() throws IOException {
    long seed = 23;
    SplittableRandom random = new SplittableRandom(seed);
    char[] marks = {'.', ','};
    char[] groupings = {',', '.', ' ', '\''};
    for (int round = 0; round < 500; round++) {
      char decimal = marks[random.nextInt(2)];
      char grouping = groupings[random.nextInt(4)];
      if (decimal == grouping) {
        continue;
      }
      DecimalFormatSymbols symbols = DecimalFormatSymbols.getInstance(Locale.ROOT);
      symbols.setDecimalSeparator(decimal);
      symbols.setGroupingSeparator(grouping);
      double value =
          Math.rint(random.nextGaussian() * Math.pow(10, random.nextInt(0, 12)) * 1e4) / 1e4;
      String cell = new DecimalFormat("#,##0.0###", symbols).format(value);
      ReadOptions options = DEFAULTS.withDecimal(decimal).withGrouping(grouping);
      Table table = Tables.read(file("\"" + cell + "\";1").toString(), options);
      assertEquals(value, table.rows()[0][0], "seed " + seed + ": " + cell);
    }
  }
}
