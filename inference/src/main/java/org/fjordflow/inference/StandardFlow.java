package org.fjordflow.inference;

import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;

/**
 * The family that posteriors are fitted with unless another is asked for: splines, by couplings, so
 * that samples and densities take one pass; of one parameter by itself.
 */
enum StandardFlow implements FlowRecipe {
  /** The only one. */
  INSTANCE;

  private static final int LAYERS = 4;
  private static final int WIDTH = 32;
  private static final int BINS = 8;
  private static final double TAIL_BOUND = 5;

  @Override
  public FlowSpec spec(int columns, int context) {
    ColumnTransform spline = ColumnTransform.spline(BINS, TAIL_BOUND);
    FlowSpec spec =
        FlowSpec.of(
            columns == 1
                ? Flows.autoregressiveNsf(columns, 2, WIDTH).withTransform(spline)
                : Flows.nsf(columns, LAYERS, WIDTH).withTransform(spline));
    return spec.withBase(new BaseConfig.StudentT(Double.parseDouble(System.getProperty("nu", "20"))));
  }

  @Override
  public int batchSize() {
    return 128;
  }

  @Override
  public double learningRate(int columns) {
    return 2e-3;
  }
}
