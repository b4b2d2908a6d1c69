package org.fjordflow.ode.internal.problems;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.GraggBulirschStoerIntegrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The problems are those that were published, and their reference states are right. */
class ProblemsTest {
  static List<InitialValueProblem> detest() {
    return Problems.detest();
  }

  static Stream<InitialValueProblem> allButTheVeryStiff() {
    return Problems.all().stream().filter(problem -> !problem.name().equals("vdpol_1e3"));
  }

  @ParameterizedTest
  @MethodSource("detest")
  void referencesAgreeWithClosedFormsAndPublishedStates(InitialValueProblem problem) {
    Map<String, double[]> known = new HashMap<>(ClosedForms.endStates());
    known.putAll(published());
    double[] expected = known.get(problem.name());
    assertNotNull(expected, problem.name());
    double error = distance(problem.endState(), expected, 0);
    System.out.printf("%s: relative error of the reference %.1e%n", problem, error);
    assertTrue(error < 1e-11, problem + ": " + error);
  }

  @ParameterizedTest
  @MethodSource("allButTheVeryStiff")
  void anotherMethodAgrees(InitialValueProblem problem) {
    GraggBulirschStoerIntegrator other =
        new GraggBulirschStoerIntegrator(0, problem.endTime(), 1e-13, 1e-13);
    double[] state =
        other
            .integrate(
                hipparchus(problem),
                new ODEState(problem.startTime(), problem.initialState()),
                problem.endTime())
            .getPrimaryState();
    double error = distance(problem.computedEndState(), state, 1);
    System.out.printf("%s: Gragg-Bulirsch-Stoer is %.1e away%n", problem, error);
    assertTrue(error < 1e-9, problem + ": " + error);
  }

  @Test
  void computedStatesAgreeWithThoseThatTheTestSetPublishes() {
    for (InitialValueProblem problem : Problems.ivpTestSet().subList(0, 3)) {
      double error = distance(problem.computedEndState(), problem.endState(), 0);
      assertTrue(
          error < (problem.name().equals("arenstorf") ? 1e-9 : 1e-11), problem + ": " + error);
    }
  }

  @Test
  void namesTellProblemsApart() {
    List<InitialValueProblem> all = Problems.all();
    assertEquals(29, all.size());
    assertEquals(
        29, all.stream().map(InitialValueProblem::name).collect(Collectors.toSet()).size());
    for (InitialValueProblem problem : all) {
      assertEquals(problem.name(), Problems.of(problem.name()).name());
      assertEquals(problem.dimension(), problem.system().dimension());
    }
    FjordException unknown = assertThrows(FjordException.class, () -> Problems.of("F1"));
    assertEquals(ErrorKey.INVALID_ARGUMENT, unknown.key());
  }

  @Test
  void statesThatAreHandedOutAreCopies() {
    InitialValueProblem problem = Problems.of("arenstorf");
    problem.initialState()[0] = 7;
    problem.endState()[0] = 7;
    assertEquals(0.994, problem.initialState()[0]);
    assertEquals(0.994, problem.endState()[0]);
  }

  /** Of problems without a formula: W. H. Enright, J. D. Pryce 1987 (ACM algorithm 648). */
  private static Map<String, double[]> published() {
    return Map.of(
        "B1", new double[] {0.676187600857667, 0.186081609964004},
        "B3", new double[] {2.06115348855778e-09, 0.0525722802204835, 0.947427717718363},
        "C5",
            new double[] {
              -4.79273022432373, -2.42055072544897, -0.921250930601489,
              -4.21731040403521, 7.35620294749897, 3.22378598542121,
              4.03555944326227, 17.1986552867055, 7.4789107942337,
              -29.9875932632484, -4.10731093755093, -0.927700832175441,
              -24.4212530251848, 23.8145904574655, 14.9209630695136,
              0.349920896306381, -0.574848768791283, -0.255169402087915,
              -0.523704097890333, -0.249300046357966, -0.0804534164204446,
              -0.387528923733411, 0.0564860328876789, 0.0302360647214334,
              0.0413385654671245, -0.286239302984138, -0.118303240513621,
              -0.151198645735921, -0.246006889431877, -0.0318968741132388
            },
        "E2", new double[] {2.00814976217495, -0.0425088752732006},
        "E3", new double[] {-0.100417885864713, 0.241140013209595});
  }

  private static OrdinaryDifferentialEquation hipparchus(InitialValueProblem problem) {
    return new OrdinaryDifferentialEquation() {
      @Override
      public int getDimension() {
        return problem.dimension();
      }

      @Override
      public double[] computeDerivatives(double t, double[] y) {
        double[] yDot = new double[y.length];
        problem.system().derivatives(t, y, yDot);
        return yDot;
      }
    };
  }

  /** Returns the distance relative to {@code least} plus the length of the expected state. */
  private static double distance(double[] state, double[] expected, double least) {
    double square = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      square += (state[i] - expected[i]) * (state[i] - expected[i]);
      length += expected[i] * expected[i];
    }
    return Math.sqrt(square) / (least + Math.sqrt(length));
  }
}
