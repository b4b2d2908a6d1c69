package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.internal.JsonConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of words that are not known, and what names of types stand for. */
final class SuggestionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trian --data moons | fjord: unknown command 'trian'; did you mean 'train'? see 'fjord --help'",
        "train --dta moons | fjord: unknown option '--dta'; did you mean '--data'? see 'fjord train --help'",
        "train --data moons --stpes=4 | fjord: unknown option '--stpes'; did you mean '--steps'?",
        "train --data mons | fjord: no file and no density 'mons'; did you mean 'moons'? the densities are",
        "train --data moons --model nfs | fjord: no model and no file 'nfs'; did you mean 'nsf'? the models are",
        "train --data moons --set bachSize=4 | fjord: --set: unknown key 'bachSize'; did you mean 'batchSize'?",
        "everything | fjord: unknown command 'everything'; the commands are train, score,",
        "train --data moons extra | fjord: Unmatched argument at index 3: 'extra'",
      })
  void slips(String words, String said) {
    CommandRun.of((Object[]) words.split(" ")).assertFailed(ExitStatus.WRONG_INPUT, said);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--target Income | no column 'Income'; did you mean 'income'? the columns are [income, age, sepal length (cm), hour]",
        "--given agee | no column 'agee'; did you mean 'age'?",
        "--columns income,hours | no column 'hours'; did you mean 'hour'?",
        "--drop sepal | no column 'sepal'; did you mean 'sepal length (cm)'?",
        "--id hour_ | no column 'hour_'; did you mean 'hour'?",
        "--log incom | no column 'incom'; did you mean 'income'?",
        "--bounds incom=0:1 | no column 'incom'; did you mean 'income'?",
        "--circular houR=0:24 | no column 'houR'; did you mean 'hour'?",
        "--scale agge=log | no column 'agge'; did you mean 'age'?",
        "--kind agge=real | no column 'agge'; did you mean 'age'?",
        "--kind age=catgory | unknown kind of column 'catgory'; did you mean 'category'? expected one of real,",
        "--scale age=robus | unknown scale of a column 'robus'; did you mean 'robust'? expected one of",
        "--missing droprows | unknown way with missing cells 'droprows'; did you mean 'drop-rows'? expected one of",
        "--smooth scott:agge | no column 'agge'; did you mean 'age'?",
        "--drop 5 | no column '5'; the columns are [income,",
      })
  void columns(String words, String said, @TempDir Path folder) throws IOException {
    Path rows = folder.resolve("rows.csv");
    StringBuilder text = new StringBuilder("income,age,sepal length (cm),hour\n");
    for (int i = 0; i < 60; i++) {
      text.append(i * 1.5).append(',').append(i).append(',').append(i * i).append(",3.5\n");
    }
    Files.writeString(rows, text);
    Object[] train = {"train", "--data", rows, "--steps", 1, "--out", folder.resolve("run")};
    CommandRun.of(with(train, (Object[]) words.split(" ", 2)))
        .assertFailed(ExitStatus.WRONG_INPUT, said);
  }

  @Test
  void typesNamedAloneHaveTheirDefaults(@TempDir Path folder) throws IOException {
    Path rows = folder.resolve("rows.csv");
    Tables.write(rows, Table.of(List.of("a", "b"), new double[40][2]));
    Path file = folder.resolve("given.json");
    Files.writeString(
        file,
        "{\"model\": {\"flow\": {\"type\": \"autoregressive\", \"transform\": \"spline\"}},"
            + " \"training\": {\"steps\": 77, \"schedule\": \"cosine\"}}");
    Object[] words = {"train", "--data", rows, "--show", "--model"};
    var ofFile = JsonConfig.parse(CommandRun.done(with(words, file)).out(), "shown");
    var ofSettings =
        JsonConfig.parse(
            CommandRun.done(
                    with(
                        words,
                        "maf",
                        "--set",
                        "transform=spline",
                        "--set",
                        "schedule=cosine",
                        "--steps",
                        77))
                .out(),
            "shown");
    for (var shown : List.of(ofFile, ofSettings)) {
      assertEquals(
          "{\"type\":\"spline\",\"bins\":8,\"bound\":5.0}",
          shown.at("/model/flow/0/transform").toString());
      assertEquals(
          "{\"type\":\"cosine\",\"steps\":77,\"floor\":0.01}",
          shown.at("/training/schedule").toString());
    }
    for (String schedule :
        List.of("plateau", "cooldown", "warm-up", "step-decay", "exponential", "constant")) {
      var shown =
          JsonConfig.parse(
              CommandRun.done(with(words, "maf", "--set", "schedule=" + schedule)).out(), "shown");
      assertEquals(schedule, shown.at("/training/schedule/type").asText());
    }
    CommandRun.of(with(words, "maf", "--set", "transform=spilne"))
        .assertFailed(
            ExitStatus.WRONG_INPUT,
            "unknown type 'spilne'; did you mean 'spline'? expected one of additive");
  }

  private static Object[] with(Object[] words, Object... more) {
    return Stream.concat(Arrays.stream(words), Arrays.stream(more)).toArray();
  }

  @Test
  void oneColumnIsSaidToBeANormal(@TempDir Path folder) {
    Path rows = folder.resolve("rows.csv");
    double[][] values = new double[40][];
    Arrays.setAll(values, i -> new double[] {(i % 2) * 6 + Math.sin(i)});
    Tables.write(rows, Table.of(List.of("a"), values));
    Object[] words = {"train", "--data", rows, "--steps", 1, "--no-pictures", "--out"};
    CommandRun maf = CommandRun.done(with(words, folder.resolve("maf"), "--model", "maf"));
    String normal =
        "with one column maf is a single normal; other shapes are learned by ffjord, mlp, ot-flow, nsf-ar, planar, radial, sylvester";
    assertTrue(maf.out().lines().anyMatch(normal::equals), maf.out());
    CommandRun.of(with(words, folder.resolve("nsf"), "--model", "nsf"))
        .assertFailed(
            ExitStatus.WRONG_INPUT,
            "nsf needs at least 2 columns of data, given 1 and no context; one column is taken by ffjord");
    CommandRun mixture =
        CommandRun.done(
            with(words, folder.resolve("mix"), "--model", "maf", "--set", "base=mixture"));
    assertEquals(-1, mixture.out().indexOf("single normal"), mixture.out());
  }
}
