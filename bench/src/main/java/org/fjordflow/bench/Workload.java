package org.fjordflow.bench;

import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;

/**
 * Models and batch sizes of the training steps that are measured. All with dopri5 at 1e-5 and, but
 * for the plain network, with FFJORD's layers (concatsquash) to a fixed end time.
 */
public enum Workload {
  /** Two dimensions, 64-64-64 tanh, exact trace, batch 100. */
  TOY_100(100),
  /** The same, batch 512. */
  TOY_512(512),
  /** The plain network of {@code fjord train}, batch 256. */
  PLAIN_256(256),
  /** Six dimensions, 60-60-60 softplus, one Rademacher probe, batch 10,000. */
  TABLE_6(10_000),
  /** 43 dimensions, 860-860 softplus, one Rademacher probe, batch 1,000. */
  WIDE_43(1000),
  /** 63 dimensions, 1260-1260-1260 tanh, one Rademacher probe, batch 1,000. */
  WIDE_63(1000);

  private final int rows;

  Workload(int rows) {
    this.rows = rows;
  }

  /** Returns the model. */
  public ModelConfig model() {
    return switch (this) {
      case TOY_100, TOY_512 ->
          concatSquash(2, List.of(64, 64, 64), "tanh", 0.5, SolveSettings.exact());
      case PLAIN_256 -> ModelConfig.mlp(2);
      case TABLE_6 ->
          concatSquash(6, List.of(60, 60, 60), "softplus", 1, SolveSettings.hutchinson());
      case WIDE_43 -> concatSquash(43, List.of(860, 860), "softplus", 1, onlyProbe());
      case WIDE_63 -> concatSquash(63, List.of(1260, 1260, 1260), "tanh", 1, onlyProbe());
    };
  }

  /** Returns the rows of a batch. */
  public int rows() {
    return rows;
  }

  /** The exact trace of wide networks takes a product for each of many columns. */
  private static SolveSettings onlyProbe() {
    return SolveSettings.hutchinson()
        .withEvaluationDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
  }

  private static ModelConfig concatSquash(
      int dim, List<Integer> hidden, String activation, double endTime, SolveSettings solve) {
    return ModelConfig.builder(dim)
        .layer("concatsquash")
        .hidden(hidden)
        .activation(activation)
        .endTime(endTime)
        .solve(solve)
        .build();
  }
}
