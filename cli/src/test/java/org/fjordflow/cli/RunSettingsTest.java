package org.fjordflow.cli;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.TrainingObjective.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which values a short key means, and what a name stands for. */
final class RunSettingsTest {

  private static final String TRAINING = "/model/flow/0/solve/training/";
  private static final String EVALUATION = "/model/flow/0/solve/evaluation/";

  private static ObjectNode defaults() {
    return (ObjectNode)
        JsonConfig.tree(RunDefaults.of(DataSource.of("moons"), null, Kind.LIKELIHOOD));
  }

  private static JsonNode set(String... settings) {
    return RunSettings.apply(defaults(), List.of(settings));
  }

  @ParameterizedTest
  @CsvSource({
    "rtol=1e-3, 1e-3, 1e-5",
    "testRtol=1e-3, 1e-5, 1e-3",
    "solve.rtol=1e-3, 1e-3, 1e-5",
    "model.solve.testRtol=1e-3, 1e-5, 1e-3",
    "evaluation.rtol=1e-3, 1e-5, 1e-3",
    "model.solve.evaluation.solver.rtol=1e-3, 1e-5, 1e-3"
  })
  void tolerancesAreThoseOfTrainingOrOfTests(String setting, double training, double evaluation) {
    JsonNode tree = set(setting);
    assertEquals(training, tree.at(TRAINING + "solver/rtol").asDouble());
    assertEquals(evaluation, tree.at(EVALUATION + "solver/rtol").asDouble());
  }

  @Test
  void otherValuesOfSolversAreOfBoth() {
    for (String solve : List.of(TRAINING, EVALUATION)) {
      assertEquals("state", set("errorNorm=state").at(solve + "solver/errorNorm").asText());
      JsonNode solver = set("method=rk4", "solver.steps=7").at(solve + "solver");
      JsonNode expected =
          JsonConfig.parse(
              """
              {"type": "fixed", "method": "rk4", "steps": 7, "maxEvaluations": 100000}
              """,
              "fixed");
      assertEquals(expected, JsonConfig.parse(solver.toString(), "solver"));
    }
    JsonNode one = set("solve.training.solver.method=euler");
    assertEquals("euler", one.at(TRAINING + "solver/method").asText());
    assertEquals("dopri5", one.at(EVALUATION + "solver/method").asText());
  }

  @Test
  void aNameStandsForATypeWithItsDefaults() {
    assertEquals("{\"type\":\"gaussian\",\"probes\":1}", divergence("divergence=gaussian"));
    assertEquals(
        "{\"type\":\"gaussian\",\"probes\":3}",
        divergence("divergence=rademacher", "probes=3", "divergence=gaussian"));
    assertEquals("{\"type\":\"exact\"}", divergence("divergence=gaussian", "divergence=exact"));
    assertEquals(
        "{\"type\":\"hutch++\",\"probes\":2}",
        set("testDivergence=hutch++").at(EVALUATION + "divergence").toString());
    assertEquals(
        "{\"type\":\"continuous\"}", set("adjoint=continuous").at(TRAINING + "adjoint").toString());
    String cosine = "schedule={\"type\": \"cosine\", \"steps\": 5, \"floor\": 0.1}";
    assertEquals(
        "{\"type\":\"constant\"}",
        set(cosine, "schedule=constant").at("/training/schedule").toString());
  }

  private static String divergence(String... settings) {
    return set(settings).at(TRAINING + "divergence").toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "method=gbs; adjoint=continuous",
        "divergence=hadamard; probes=2",
        "training.patience=3; validationInterval=5",
        "base=student-t; degrees=3"
      })
  void theOrderDoesNotMatter(String first, String second) {
    List<String> settings = new ArrayList<>(Arrays.asList(first, second));
    JsonNode tree = JsonConfig.tree(config(set(first, second)));
    assertEquals(tree, JsonConfig.tree(config(set(second, first))), settings.toString());
  }

  private static RunConfig config(JsonNode tree) {
    return JsonConfig.value(tree, RunConfig.class, "the configuration");
  }

  @ParameterizedTest
  @CsvSource({
    "kinetic=.1, 0.1",
    "kinetic=+1., 1",
    "kineticPenalty=2e-1, 0.2",
    "solve.kineticPenalty=3, 3"
  })
  void numbersAndKeysOfEarlierFormats(String setting, double expected) {
    assertEquals(
        expected,
        config(set(setting)).model().continuous().get(0).solve().training().penalty().kinetic());
  }

  @Test
  void whatDoesNotFitIsToldPlainly() {
    for (String[] wrong :
        new String[][] {
          {"learningRate=abc", "training.optimizer.learningRate is \"abc\"; expected a number"},
          {"hidden=3.5", "model.flow.field.hidden is 3.5; expected a whole number"},
          {"batchSize=1e99", "training.batchSize is 1.0E99; expected a whole number"},
          {
            "batchSize=10000000000",
            "batchSize is 10000000000; expected a whole number up to 2147483647"
          },
          {"trainEndTime=1", "model.flow.chain.trainEndTime is 1; expected true or false"},
          {"model.hidden={}", "model.flow.field.hidden is {}; expected a list"},
          {"batchSize=null", "training.batchSize is null; expected a whole number"}
        }) {
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> config(set(wrong[0])), wrong[1]);
    }
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> set("rate=3"),
        "unknown key 'rate'; closest are training.optimizer.learningRate",
        "--show");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> set("zzz=3"), "unknown key 'zzz'; 'fjord train");
  }

  @Test
  void whatIsNotClearIsNamed() {
    ObjectNode rings =
        (ObjectNode) JsonConfig.tree(RunDefaults.of(DataSource.of("rings"), null, Kind.LIKELIHOOD));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> RunSettings.apply(rings, List.of("steps=3")),
        "training.steps or training.schedule.steps");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> set("probes=3"), "unknown key 'probes'");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> set("method=rk4", "rtol=1"), "unknown key 'rtol'");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> set("solve=exact"), "training, evaluation");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> set("testSolve"), "key=value");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> set("method=gbs"), "continuous");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> config(set("adjoint=none")),
        "discrete or continuous");
  }
}
