package org.fjordflow.bench.peers;

import java.nio.file.Path;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.bench.Workload;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;

/** The trained flows that {@code bench/compare-solvers} has every library solve. */
enum SolverWorkload implements Exported {
  /** Two moons, exact trace. */
  MOONS(600, 256),
  /** Five arms, exact trace. */
  PINWHEEL(600, 256),
  /** The 21 columns of ADBench's cardio, one Rademacher probe. */
  CARDIO(300, 200);

  private static final int ROWS = 100;
  private static final long SEED = 5;
  private static final int CARDIO_COLUMNS = 21;

  private final int trainingSteps;
  private final int trainingRows;

  SolverWorkload(int trainingSteps, int trainingRows) {
    this.trainingSteps = trainingSteps;
    this.trainingRows = trainingRows;
  }

  @Override
  public String id() {
    return Ids.of(this);
  }

  @Override
  public PeerData data(Path folder) {
    return switch (this) {
      case MOONS -> PeerData.moons();
      case PINWHEEL -> PeerData.pinwheel();
      case CARDIO -> PeerData.cardio(folder, CARDIO_COLUMNS, new RandomStreams(SEED));
    };
  }

  @Override
  public WorkloadDescription describe(PeerData data) {
    return new WorkloadDescription(
        id(), ROWS, 0, 0, data.name(), trainingSteps, trainingRows, SEED, model());
  }

  /** The toy model, or in 21 dimensions that of a table of 21 columns with a fixed end. */
  private ModelConfig model() {
    if (this != CARDIO) {
      return Workload.TOY_100.model();
    }
    SolveSettings probe =
        SolveSettings.hutchinson()
            .withEvaluationDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, 1));
    return ModelConfig.builder(CARDIO_COLUMNS)
        .layer("concatsquash")
        .hidden(64, 64)
        .activation("tanh")
        .solve(probe)
        .build();
  }
}
