package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Random end times and potentials, as the command has them. */
final class CheaperTrainingTest {

  @TempDir private Path folder;

  private static JsonNode shown(String... more) {
    List<Object> words = new ArrayList<>(List.of("train", "--data", "moons", "--show"));
    words.addAll(Arrays.asList(more));
    return JsonConfig.parse(CommandRun.done(words.toArray()).out(), "shown");
  }

  private static JsonNode training(JsonNode config) {
    return config.at("/model/flow/0/solve/training");
  }

  @Test
  void aShareOfTheEndTimeIsPartOfTheConfiguration() {
    assertEquals(0, training(shown("--model", "ffjord")).at("/steer").asDouble(-1));
    assertEquals(
        0.5, training(shown("--model", "ffjord", "--steer", "0.5")).at("/steer").asDouble());
    assertEquals(
        0.25, training(shown("--model", "mlp", "--set", "steer=0.25")).at("/steer").asDouble());
    String both = "matching+likelihood";
    assertEquals(
        0.5, training(shown("--objective", both, "--steer", "0.5")).at("/steer").asDouble());
  }

  @ParameterizedTest
  @CsvSource({
    "--model maf --steer 0.5, discrete",
    "--model ffjord --steer 1, below 1",
    "--model ffjord --steer -0.5, 0 or more",
    "--steer 0.5, --objective likelihood",
    "--model ffjord --set hjb=1, potential",
    "--model ot-flow --set activation=elu, tanh",
    "'--model ot-flow --set hidden=8,9', equal widths"
  })
  void whatDoesNotFitIsToldPlainly(String options, String mentioned) {
    List<Object> words = new ArrayList<>(List.of("train", "--data", "moons"));
    words.addAll(Arrays.asList(options.split(" ")));
    CommandRun.of(words.toArray()).assertFailed(ExitStatus.WRONG_INPUT, mentioned);
  }

  /** A run that is stopped and gone on with has the parameters of one that is not. */
  @Test
  void aSteeredTransportIsResumedToTheSameBits() {
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    train(whole, 6);
    train(parts, 3);
    train(parts, 6, "--resume");
    assertArrayEquals(sample(whole), sample(parts));
    JsonNode penalty = training(ModelFolder.describe(whole)).at("/penalty");
    assertEquals(1.0 / 30, penalty.at("/kinetic").asDouble(), 1e-12);
    assertEquals(2.0 / 30, penalty.at("/hjb").asDouble(), 1e-12);
  }

  private double[][] sample(Path model) {
    Path out = folder.resolve("samples.csv");
    CommandRun.done("sample", "--model", model, "--n", 5, "--out", out);
    return Tables.read(out).rows();
  }

  private static void train(Path out, int steps, String... more) {
    String options =
        "--model ot-flow --steer 0.5 --no-pictures --set schedule=constant --set hidden=8,8";
    List<Object> words = new ArrayList<>(List.of("train", "--data", "moons", "--out", out));
    words.addAll(Arrays.asList(options.split(" ")));
    words.addAll(List.of("--steps", steps));
    words.addAll(Arrays.asList(more));
    CommandRun.done(words.toArray());
  }
}
