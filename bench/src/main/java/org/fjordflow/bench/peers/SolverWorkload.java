package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.List;
import org.fjordflow.base.Ids;
import org.fjordflow.bench.Workload;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveConfig;
import org.fjordflow.core.train.RandomStreams;

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

  /** The toy model, or in 21 dimensions that of the example CardioAnomalies with a fixed end. */
  private ModelConfig model() {
    if (this != CARDIO) {
      return Workload.TOY_100.model();
    }
    SolveConfig probe =
        SolveConfig.exact().withDivergence("rademacher", 1).withTestDivergence("rademacher", 1);
    return new ModelConfig(
        CARDIO_COLUMNS,
        0,
        "concatsquash",
        List.of(64, 64),
        "tanh",
        1,
        1,
        1,
        false,
        "cpu",
        "float32",
        probe,
        null,
        null);
  }
}
