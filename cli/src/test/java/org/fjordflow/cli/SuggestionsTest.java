package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
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

  @Test
  void onlyWhatIsNearIsSuggested() {
    List<String> known = List.of("nsf", "nsf-ar", "realnvp");
    assertEquals(Optional.of("nsf-ar"), Suggestions.nearest("nsf_ar", known));
    assertEquals(Optional.of("realnvp"), Suggestions.nearest("RealNPV", known));
    assertEquals(Optional.empty(), Suggestions.nearest("glow.json", known));
    assertEquals(Optional.empty(), Suggestions.nearest("x", known));
    assertEquals(Optional.empty(), Suggestions.nearest("", known));
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
        .assertFailed(ExitStatus.WRONG_INPUT, "unknown type 'spilne'; expected one of additive");
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
        "with one column maf is a single normal; other shapes are learned by ffjord, mlp, nsf-ar, planar, radial, sylvester";
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
