package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids, numbers and other columns of a row stand before what every command finds for it. */
final class CarriedColumnsTest {
  private static final int ROWS = 120;

  @TempDir private static Path folder;
  private static Path data;

  @BeforeAll
  static void models() throws IOException {
    data = folder.resolve("rows.csv");
    SplittableRandom random = new SplittableRandom(3);
    StringBuilder text = new StringBuilder("code,note,x,y,mean,log_prob,z1,row\n");
    for (int i = 0; i < ROWS; i++) {
      text.append("%03d,\"n, %d\",".formatted(i % 60, i % 7));
      text.append(random.nextGaussian()).append(',').append(random.nextGaussian());
      text.append(i % 9 == 4 ? ",,1,2,3\n" : ",1e1,1,2,3\n");
    }
    Files.writeString(data, text);
    train("given", "--target", "y", "--given", "x", "--model", "maf");
    train("named", "--target", "y", "--given", "x", "--model", "maf", "--id", "code");
    train("both", "--columns", "x,y", "--model", "maf");
  }

  private static void train(String name, Object... more) {
    Object[] words = {"train", "--data", data, "--steps", 1, "--no-pictures", "--out"};
    Stream<Object> all =
        Stream.of(Stream.of(words), Stream.of(folder.resolve(name)), Stream.of(more))
            .flatMap(part -> part);
    CommandRun.done(all.toArray());
  }

  private static Object[] words(String command, Object... more) {
    List<Object> words = new ArrayList<>(Arrays.asList((Object[]) command.split(" ")));
    words.replaceAll(
        word ->
            switch (word.toString()) {
              case "DATA" -> data;
              case "GIVEN", "NAMED", "BOTH" ->
                  folder.resolve(word.toString().toLowerCase(java.util.Locale.ROOT));
              default -> word;
            });
    words.add("--out");
    words.add(folder.resolve("out.csv"));
    words.addAll(List.of(more));
    return words.toArray();
  }

  private static List<String> written(String command, Object... more) throws IOException {
    CommandRun.done(words(command, more));
    return Files.readAllLines(folder.resolve("out.csv"));
  }

  @ParameterizedTest
  @CsvSource({
    "score --model GIVEN --data DATA, log_prob, 1",
    "predict --model GIVEN --data DATA, 'mean,deviation,q0.05,median,q0.95', 1",
    "transform --model BOTH --data DATA, 'z1,z2', 1",
    "sample --model GIVEN --n 3 --given DATA, y, 3",
    "detect --model BOTH --calibrate DATA --data DATA --rate 0.05, 'log_prob,score,p_value,rank,anomaly,because', 1",
  })
  void everyCommandWritesThemBeforeItsResults(String command, String results, int each)
      throws IOException {
    boolean detects = command.startsWith("detect");
    List<String> plain = written(command);
    assertEquals((detects ? "row," : "") + results, plain.get(0));
    List<String> carried = written(command, "--id", "code", "--carry", "note,code,x");
    assertEquals("code,note,x," + results, carried.get(0));
    List<String> cells = Files.readAllLines(data);
    assertEquals(1 + each * ROWS, carried.size());
    assertEquals(plain.size(), carried.size());
    for (int i = 0; i < each * ROWS; i++) {
      String line = carried.get(1 + i);
      String row = cells.get(1 + i / each);
      // As they are: leading zeros, a comma in a text, and a number that the model has.
      String beginning = row.substring(0, row.indexOf(',', row.lastIndexOf('"') + 2) + 1);
      assertEquals(beginning, line.substring(0, beginning.length()));
      String own = plain.get(1 + i);
      assertEquals(
          detects ? own.substring(own.indexOf(',') + 1) : own, line.substring(beginning.length()));
    }
    if (!detects) {
      List<String> numbered = written(command, "--row-numbers", "--carry", "note");
      assertEquals("row,note," + results, numbered.get(0));
      assertEquals(ROWS + ",\"n, 0\"," + plain.get(each * ROWS), numbered.get(each * ROWS));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "score --model NAMED --data DATA",
    "predict --model NAMED --data DATA",
    "sample --model NAMED --n 1 --given DATA",
  })
  void theIdOfTheTrainingIsWrittenWhereTheFileHasIt(String command) throws IOException {
    List<String> lines = written(command);
    assertEquals("code", lines.get(0).split(",")[0]);
    assertEquals("059", lines.get(ROWS).split(",")[0]);
    assertEquals("note", written(command, "--id", "note").get(0).split(",")[0]);
  }

  /** A name for rows changes nothing else, and is not forgotten where all columns are plain. */
  @Test
  void aTrainingWithAnIdIsTheSame() throws IOException {
    List<String> plain = written("score --model GIVEN --data DATA");
    List<String> named = written("score --model NAMED --data DATA");
    assertEquals("code,log_prob", named.get(0));
    for (int i = 1; i <= ROWS; i++) {
      assertEquals("%03d,%s".formatted((i - 1) % 60, plain.get(i)), named.get(i));
    }
    assertEquals(
        CommandRun.files(folder.resolve("given")), CommandRun.files(folder.resolve("named")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "score --model GIVEN --data DATA --carry log_prob | column 'log_prob' is to be carried, and what is written has a column of that name",
        "predict --model GIVEN --data DATA --carry mean | column 'mean' is to be carried",
        "transform --model BOTH --data DATA --id z1 | column 'z1' is to be carried",
        "sample --model GIVEN --n 1 --given DATA --carry y | column 'y' is to be carried",
        "detect --model BOTH --calibrate DATA --data DATA --rate 0.05 --carry row | column 'row' is to be carried",
        "score --model GIVEN --data DATA --row-numbers --carry row | column 'row' is to be carried",
        "score --model GIVEN --data DATA --carry nota | has no column 'nota'; did you mean 'note'? it has [code,",
        "predict --model GIVEN --data DATA --id Code | has no column 'Code'; did you mean 'code'?",
        "detect --model BOTH --calibrate DATA --data DATA --labels nto | has no column 'nto'; did you mean 'note'?",
        "sample --model BOTH --n 1 --carry note | are of the rows that are given; leave them out without --given",
      })
  void whatCannotBeCarriedIsSaid(String command, String said) {
    CommandRun.of(words(command)).assertFailed(ExitStatus.WRONG_INPUT, said);
  }

  /** A model of rows without names takes the columns that are left. */
  @Test
  void carriedColumnsAreNoneOfAModelWithoutNames() throws IOException {
    Path plain = folder.resolve("plain.csv");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      rows.append(i * 0.5).append(',').append(i * i % 7).append('\n');
    }
    Files.writeString(plain, rows);
    Path model = folder.resolve("unnamed");
    CommandRun.done(
        "train",
        "--data",
        plain,
        "--target",
        1,
        "--model",
        "maf",
        "--steps",
        1,
        "--no-pictures",
        "--out",
        model);
    Path file = folder.resolve("named.csv");
    Files.writeString(file, "key,a,b\nk1,0.5,1\nk2,1.5,3\n");
    for (String command : List.of("score", "predict")) {
      Object[] words = {
        command, "--model", model, "--data", file, "--out", folder.resolve("o.csv")
      };
      CommandRun.done(Stream.concat(Stream.of(words), Stream.of("--id", "key")).toArray());
      assertEquals(
          List.of("key", "k1", "k2"),
          Files.readAllLines(folder.resolve("o.csv")).stream()
              .map(line -> line.split(",")[0])
              .toList());
    }
  }

  @Test
  void messagesStandBesideRowsThatAreWrittenToStandardOutput() {
    CommandRun run =
        CommandRun.done(
            "predict", "--model", folder.resolve("given"), "--data", data, "--out", "-");
    assertEquals(ROWS + 1, run.out().lines().count());
  }
}
