package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.AutoregressiveConfig;
import org.fjordflow.discrete.CouplingConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How much the layers of affine recipes can stretch a column, whatever training makes of them. */
final class RecipeScalesTest {

  private static final int DIM = 4;

  /** Networks of large weights stretch by no more than the bound: one a layer and column. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"MAF", "IAF", "REALNVP"})
  void logDeterminantsAreBoundedByLayersAndColumns(Recipe recipe) {
    FlowSpec spec = recipe.spec(DIM, 0).withDtype("float64");
    RandomGenerator random = new SplittableRandom(4);
    try (FlowModel model = FlowModel.create(spec, 4)) {
      Parameters parameters = model.parameters();
      double[] values = parameters.get();
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.3 * random.nextGaussian();
      }
      parameters.set(values);
      double[][] rows =
          Stream.generate(() -> DoubleStream.generate(random::nextGaussian).limit(DIM).toArray())
              .limit(200)
              .toArray(double[][]::new);
      double[] logProb = model.logProb(rows);
      double[][] base = model.toBase(rows, Context.none());
      int layers =
          spec.flow().get(0) instanceof CouplingConfig coupling
              ? coupling.layers()
              : ((AutoregressiveConfig) spec.flow().get(0)).layers();
      double most = 0;
      for (int i = 0; i < rows.length; i++) {
        double normal =
            -0.5 * Arrays.stream(base[i]).map(z -> z * z).sum() - 0.5 * DIM * Math.log(2 * Math.PI);
        double tolerance = 1e-9 * Math.abs(normal);
        double logDet = Math.abs(logProb[i] - normal);
        assertTrue(
            logDet <= layers * DIM + tolerance, () -> recipe.id() + " stretches by " + logDet);
        most = Math.max(most, logDet);
      }
      assertTrue(most > 1, "nothing is stretched");
    }
  }

  /** Flows by name keep the transform of the papers' code that they are compared with. */
  @Test
  void flowsByNameKeepTheirBound() {
    assertEquals(ColumnTransform.affine(Math.log(1000)), Flows.maf(2, 1, 3).transform());
    assertEquals(ColumnTransform.affine(Math.log(1000)), Flows.realNvp(2, 1, 3).transform());
  }
}
