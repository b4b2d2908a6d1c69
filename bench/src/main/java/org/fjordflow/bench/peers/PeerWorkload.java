package org.fjordflow.bench.peers;

import java.nio.file.Path;
import java.util.Locale;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.bench.Workload;
import org.fjordflow.core.train.RandomStreams;

/** The workloads that libraries are compared on. */
enum PeerWorkload implements Exported {
  /** The toy model, batch 100. */
  TOY_100(Workload.TOY_100, 10_000, 10_000),
  /** The toy model, batch 512. */
  TOY_512(Workload.TOY_512, 10_000, 10_000),
  /** Six columns, batch 10,000. */
  TABLE_6(Workload.TABLE_6, 10_000, 10_000),
  /** 43 columns, scores by Hutchinson's estimate. */
  WIDE_43(Workload.WIDE_43, 1000, 1000),
  /** 63 columns, scores by Hutchinson's estimate. */
  WIDE_63(Workload.WIDE_63, 1000, 1000),
  /** Scores of many rows by the toy model. */
  SCORE_100K(Workload.TOY_100, 100_000, 0),
  /** Scores of many rows of six columns with the exact trace. */
  SCORE_100K_6D(Workload.TABLE_6, 100_000, 0);

  private static final long SEED = 4;

  private final Workload workload;
  private final int scoreRows;
  private final int sampleRows;

  PeerWorkload(Workload workload, int scoreRows, int sampleRows) {
    this.workload = workload;
    this.scoreRows = scoreRows;
    this.sampleRows = sampleRows;
  }

  @Override
  public String id() {
    return Ids.of(this).replace('_', '-');
  }

  /**
   * Finds a workload.
   *
   * @param id its name
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none
   */
  static PeerWorkload of(String id) {
    return Ids.find(values(), PeerWorkload::id, "workload", id.toLowerCase(Locale.ROOT));
  }

  @Override
  public PeerData data(Path folder) {
    RandomStreams streams = new RandomStreams(SEED);
    return switch (workload) {
      case TOY_100, TOY_512, PLAIN_256 -> PeerData.moons();
      case TABLE_6, WIDE_43 -> PeerData.mixture(workload.model().dim(), streams);
      case WIDE_63 -> PeerData.patches(folder, streams);
    };
  }

  @Override
  public WorkloadDescription describe(PeerData data) {
    return new WorkloadDescription(
        id(),
        sampleRows == 0 ? 0 : workload.rows(),
        scoreRows,
        sampleRows,
        data.name(),
        trainingSteps(),
        trainingRows(),
        SEED,
        workload.model());
  }

  private int trainingSteps() {
    return switch (workload) {
      case TOY_100, TOY_512, PLAIN_256 -> 600;
      case TABLE_6 -> 300;
      case WIDE_43 -> 40;
      case WIDE_63 -> 30;
    };
  }

  private int trainingRows() {
    return switch (workload) {
      case TOY_100, TOY_512, PLAIN_256 -> 256;
      case TABLE_6 -> 500;
      case WIDE_43, WIDE_63 -> 200;
    };
  }
}
