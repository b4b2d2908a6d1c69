package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.cnf.internal.json.FormatOne;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON of format 1, and older, is read as it was meant. */
final class FormatOneTest {

  /** All that format 1 had. */
  private static final String MODEL =
      """
      {"dim": 3, "context": 1, "layer": "squash", "hidden": [8, 4], "activation": "softplus",
       "inputGain": 2.5, "blocks": 2, "endTime": 0.5, "trainEndTime": true, "backend": "cpu",
       "dtype": "float64",
       "solve": {"method": "dopri5", "rtol": 1e-3, "atol": 1e-4, "testRtol": 1e-6, "testAtol": 1e-7,
                 "steps": 20, "maxEvaluations": 4321, "adjoint": "continuous",
                 "divergence": "gaussian", "probes": 2, "testDivergence": "hutch++",
                 "testProbes": 3, "errorNorm": "mixed", "kineticPenalty": 0.25,
                 "jacobianPenalty": 0.5},
       "mean": [1.0, 2.0, 3.0], "deviation": [4.0, 5.0, 6.0]}
      """;

  private static final ModelConfig EXPECTED =
      ModelConfig.builder(3)
          .context(1)
          .layer("squash")
          .hidden(8, 4)
          .activation("softplus")
          .inputGain(2.5)
          .blocks(2)
          .endTime(0.5)
          .trainEndTime(true)
          .backend("cpu")
          .dtype("float64")
          .solve(
              new SolveSettings(
                  new SolveSettings.Training(
                      dopri5(1e-3, 1e-4).withErrorNorm(ErrorNorm.mixed()),
                      new ContinuousAdjoint(),
                      Divergence.of("gaussian", 2),
                      new EnergyPenalty(0.25, 0.5)),
                  new SolveSettings.Evaluation(
                      dopri5(1e-6, 1e-7).withErrorNorm(ErrorNorm.mixed()),
                      Divergence.of("hutch++", 3),
                      SolveSettings.Steps.BY_ROW)))
          .standardization(List.of(1.0, 2.0, 3.0), List.of(4.0, 5.0, 6.0))
          .build();

  private static SolverConfig.ByTolerance dopri5(double rtol, double atol) {
    return SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, rtol, atol)
        .withMaxEvaluations(4321);
  }

  private static ObjectNode json() {
    return (ObjectNode) JsonConfig.parse(MODEL, "model.json");
  }

  private static ObjectNode solve(ObjectNode json) {
    return (ObjectNode) json.get("solve");
  }

  private static ModelConfig read(JsonNode json) {
    return JsonConfig.value(json, ModelConfig.class, "model.json");
  }

  @Test
  void allValuesAreFound() {
    ObjectNode json = json();
    assertEquals(EXPECTED, read(json));
    assertEquals(JsonConfig.parse(MODEL, "model.json"), json, "not modified");
    assertEquals(EXPECTED, read(JsonConfig.tree(EXPECTED)), "of the present format");
  }

  @Test
  void whatFilesDidNotNameHasItsValueOfThen() {
    ObjectNode json = json();
    json.remove("inputGain");
    solve(json).remove(List.of("testRtol", "testAtol", "errorNorm"));
    solve(json).remove(List.of("kineticPenalty", "jacobianPenalty"));
    SolveSettings then =
        EXPECTED
            .solve()
            .withSolver(dopri5(1e-3, 1e-4)) // one tolerance was for both
            .withPenalty(EnergyPenalty.NONE);
    assertEquals(EXPECTED.toBuilder().inputGain(1).solve(then).build(), read(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"euler", "rk4", "luther"})
  void stepsAreOfMethodsThatTakeThem(String method) {
    ObjectNode json = json();
    solve(json).put("method", method).put("steps", 7).put("rtol", -1);
    SolverConfig fixed = SolverConfig.fixed(SolverMethod.of(method), 7).withMaxEvaluations(4321);
    assertEquals(EXPECTED.solve().withSolver(fixed), read(json).solve());
  }

  @ParameterizedTest
  @ValueSource(strings = {"adams-bashforth", "adams-moulton"})
  void multistepMethodsHadTheDefaultOrder(String name) {
    ObjectNode json = json();
    solve(json).put("method", name).put("errorNorm", "rms");
    SolverMethod method = SolverMethod.of(name);
    SolveSettings expected =
        EXPECTED
            .solve()
            .withTrainingSolver(
                SolverConfig.multistep(method, 5, 1e-3, 1e-4).withMaxEvaluations(4321))
            .withEvaluationSolver(
                SolverConfig.multistep(method, 5, 1e-6, 1e-7).withMaxEvaluations(4321));
    assertEquals(expected, read(json).solve());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; {}",
        "{'hidden': [8], 'blocks': 2}; {'field': {'hidden': [8]}, 'chain': {'blocks': 2}}",
        "{'solve': {'testRtol': 1e-3}}; {'solve': {'evaluation': {'solver': {'rtol': 1e-3}}}}",
        "{'solve': {'adjoint': 'continuous'}}; {'solve': {'training': {'adjoint': 'continuous'}}}",
        "{'solve': {'divergence': 'exact', 'probes': 1}};"
            + " {'solve': {'training': {'divergence': {'type': 'exact'}}}}",
        "{'solve': {'method': 'rk4', 'steps': 3, 'rtol': 1e-3}};"
            + " {'solve': {'training': {'solver': {'type': 'fixed', 'method': 'rk4', 'steps': 3}},"
            + " 'evaluation': {'solver': {'type': 'fixed', 'method': 'rk4', 'steps': 3}}}}",
        "{'field': {'layer': 'mlp'}, 'typo': 1}; {'field': {'layer': 'mlp'}, 'typo': 1}"
      })
  void partsOfAModelAreConverted(String given, String expected) {
    ObjectNode json = (ObjectNode) JsonConfig.parse(given.replace('\'', '"'), "part");
    JsonNode present = JsonConfig.parse(expected.replace('\'', '"'), "present");
    assertEquals(present, FormatOne.part(json, null));
  }

  /** What a file says is for the method that is going to be used. */
  @Test
  void anotherMethodTakesItsOwnValues() {
    ObjectNode json =
        (ObjectNode) JsonConfig.parse("{\"solve\": {\"steps\": 3, \"rtol\": 1}}", "part");
    JsonNode fixed = FormatOne.part(json, SolverMethod.EULER).at("/solve/evaluation/solver");
    assertEquals("{\"type\":\"fixed\",\"steps\":3,\"method\":\"euler\"}", fixed.toString());
    JsonNode free =
        FormatOne.part(json, SolverMethod.DORMAND_PRINCE_853).at("/solve/training/solver");
    assertEquals("{\"type\":\"adaptive\",\"method\":\"dopri853\",\"rtol\":1}", free.toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{'solve': {'rtol': 1, 'training': {}}}; solve.rtol of format 1",
        "{'blocks': 2, 'chain': {}}; blocks of format 1",
        "{'hidden': [2], 'solve': {'evaluation': {}}}; solve.evaluation of format 2",
        "{'solve': {'testProbes': 3}}; solve.testProbes is 3"
      })
  void twoFormatsInOneAreRefused(String given, String mentioned) {
    ObjectNode json = (ObjectNode) JsonConfig.parse(given.replace('\'', '"'), "part");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> FormatOne.part(json, null), mentioned);
  }
}
