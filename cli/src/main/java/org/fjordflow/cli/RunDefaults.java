package org.fjordflow.cli;

import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.train.Adam;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;

/** What a training does where nothing else is asked for. */
final class RunDefaults {

  /** Up to so many columns the exact trace is used in training; it costs a tangent a column. */
  static final int EXACT_COLUMNS = 8;

  /** With more columns layers are wider. */
  private static final int WIDE_COLUMNS = 32;

  private static final int BATCH = 256;
  private static final int MOONS_STEPS = 1_500;
  private static final int DENSITY_STEPS = 3_000;
  private static final int TABLE_STEPS = 3_000;

  /** A small table is learned by heart when it is passed over more often. */
  private static final int TABLE_PASSES = 120;

  private static final int LEAST_TABLE_STEPS = 200;

  private RunDefaults() {}

  /** Returns the defaults for a source. */
  static RunConfig of(DataSource source) {
    return of(source, DataConfig.standard(source instanceof DataSource.Rows), 0);
  }

  /**
   * Returns the defaults for a source whose rows are dealt out in a given way.
   *
   * @param steps steps of training that a falling learning rate is spread over, 0 for the default
   */
  static RunConfig of(DataSource source, DataConfig data, long steps) {
    if (source instanceof DataSource.Rows rows) {
      return new RunConfig(data, table(source.columns()), tableTraining(rows, data));
    }
    return new RunConfig(data, ModelConfig.mlp(2), densityTraining(source, steps));
  }

  /**
   * The published recipe for moons. The other densities are harder for the same network: they get a
   * larger learning rate that falls to nothing, and more steps.
   */
  private static TrainerConfig densityTraining(DataSource source, long steps) {
    if (source.name().equals(ToyDensity.MOONS.id())) {
      return TrainerConfig.of(MOONS_STEPS, BATCH, 0);
    }
    long length = steps > 0 ? steps : DENSITY_STEPS;
    return TrainerConfig.of(length, BATCH, 0)
        .withOptimizer(Adam.of(5e-3))
        .withSchedule(new Schedule.Cosine(length, 0.01));
  }

  /** FFJORD's field, wider for more columns. */
  private static ModelConfig table(int columns) {
    ModelConfig ffjord = ModelConfig.ffjord(columns);
    int width = columns <= WIDE_COLUMNS ? 64 : 128;
    SolveConfig solve =
        columns <= EXACT_COLUMNS ? ffjord.solve() : ffjord.solve().withDivergence("rademacher", 1);
    return new ModelConfig(
        columns,
        0,
        ffjord.layer(),
        List.of(width, width, width),
        ffjord.activation(),
        1,
        1,
        true,
        ffjord.backend(),
        ffjord.dtype(),
        solve,
        null,
        null);
  }

  /** Stops early, with FFJORD's falls of the learning rate on the way. */
  private static TrainerConfig tableTraining(DataSource.Rows rows, DataConfig data) {
    int count = rows.table().rowCount();
    long trained = Math.round(count * (1 - data.validation() - data.test()));
    long steps = Math.max(LEAST_TABLE_STEPS, TABLE_PASSES * trained / BATCH);
    TrainerConfig plain = TrainerConfig.of(Math.min(TABLE_STEPS, steps), BATCH, 0);
    boolean validates = Math.round(count * data.validation()) > 0;
    return validates ? plain.withValidation(50, 15).withSchedule(new Schedule.Plateau(5)) : plain;
  }
}
