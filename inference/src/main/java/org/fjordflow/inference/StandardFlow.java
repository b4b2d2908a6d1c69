package org.fjordflow.inference;

import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;

/**
 * The family that posteriors are fitted with unless another is asked for: affine couplings, which
 * bend also far out, and couplings of splines; samples and densities take one pass. One parameter
 * has splines alone.
 */
enum StandardFlow implements FlowRecipe {
  /** The only one. */
  INSTANCE;

  private static final int LAYERS = 4;
  private static final int WIDTH = 32;
  private static final double LOG_SCALE_BOUND = 1;
  private static final int BINS = 8;
  private static final double TAIL_BOUND = 5;

  /**
   * Degrees of freedom of the base. From a normal one draws far out, which training has hardly
   * seen, have the largest weights, and Pareto's k is near one although all weights nearly are.
   */
  private static final double DEGREES = 40;

  @Override
  public FlowSpec spec(int columns, int context) {
    ColumnTransform spline = ColumnTransform.spline(BINS, TAIL_BOUND);
    FlowSpec spec =
        columns == 1
            ? FlowSpec.of(Flows.autoregressiveNsf(columns, 2, WIDTH).withTransform(spline))
            : FlowSpec.of(
                Flows.realNvp(columns, LAYERS, WIDTH)
                    .withTransform(ColumnTransform.affine(LOG_SCALE_BOUND)),
                Flows.nsf(columns, LAYERS, WIDTH).withTransform(spline));
    return spec.withBase(new BaseConfig.StudentT(DEGREES));
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
