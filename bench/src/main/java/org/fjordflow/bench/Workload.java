package org.fjordflow.bench;

import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveConfig;

/** Models and batch sizes of the training steps that are measured. All with dopri5 at 1e-5. */
public enum Workload {
  /** Two dimensions, tanh, exact trace, batch 100. */
  TOY_100(100),
  /** The same, batch 512. */
  TOY_512(512),
  /** The plain network of {@code fjord train}, batch 256. */
  PLAIN_256(256),
  /** Six dimensions, softplus, one Rademacher probe, batch 1,000. */
  TABLE_1000(1000);

  private final int rows;

  Workload(int rows) {
    this.rows = rows;
  }

  /** Returns the model. */
  public ModelConfig model() {
    return switch (this) {
      case TOY_100, TOY_512 -> ModelConfig.ffjord(2);
      case PLAIN_256 -> ModelConfig.mlp(2);
      case TABLE_1000 -> table();
    };
  }

  /** Returns the rows of a batch. */
  public int rows() {
    return rows;
  }

  private static ModelConfig table() {
    SolveConfig solve = SolveConfig.exact().withDivergence("rademacher", 1);
    return new ModelConfig(
        6,
        0,
        "concatsquash",
        List.of(60, 60, 60),
        "softplus",
        1,
        1,
        true,
        "cpu",
        "float32",
        solve,
        null,
        null);
  }
}
