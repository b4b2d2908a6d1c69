package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.flow.Context;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.Test;

/** Paths begin in the base, end in the data, and pass where parts of the model lead. */
final class FlowPathsTest {

  private static final double[][] ROWS = {{0.5, 1}, {-2, 0.25}, {3, -1}};

  @Test
  void pathsRunFromTheBaseToTheData() {
    ModelConfig plain = ModelConfig.ffjord(2);
    ModelConfig config =
        plain.toBuilder()
            .hidden(8)
            .blocks(2)
            .dtype("float64")
            .solve(
                plain
                    .solve()
                    .withSolver(
                        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-10, 1e-10)))
            .build()
            .withStandardization(List.of(1.0, 2.0), List.of(3.0, 0.5));
    try (FlowModel model = FlowModel.create(FlowSpec.of(config), 3)) {
      FlowPaths paths = model.paths(ROWS, 3);
      assertArrayEquals(
          new double[] {1, 5.0 / 6, 4.0 / 6, 0.5, 2.0 / 6, 1.0 / 6, 0}, paths.times(), 1e-12);
      double[][] base = model.toBase(ROWS, Context.none());
      for (int i = 0; i < ROWS.length; i++) {
        assertArrayEquals(ROWS[i], paths.states()[6][i]);
        double[] start = paths.states()[0][i];
        assertEquals(base[i][0], (start[0] - 1) / 3, 1e-12);
        assertEquals(base[i][1], (start[1] - 2) / 0.5, 1e-12);
      }
      // Every state is solved for on its own, whatever the others.
      FlowPaths fine = model.paths(ROWS, 6);
      for (int k = 0; k < paths.times().length; k++) {
        for (int i = 0; i < ROWS.length; i++) {
          assertArrayEquals(paths.states()[k][i], fine.states()[2 * k][i], 1e-8);
        }
      }
    }
  }

  @Test
  void noIntervalsAreRefused() {
    try (FlowModel model = FlowModel.create(FlowSpec.of(ModelConfig.mlp(2)), 3)) {
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> model.paths(ROWS, 0));
    }
  }
}
