package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.EndTime;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * Continuous flows from time 0 to 1 of {@link LowRankField}s.
 *
 * @param blocks flows in sequence, at least 1
 * @param rank of the changes, at least 1
 * @param hidden widths of each field's hidden layers
 * @param solve how they are solved
 */
record Continuous(int blocks, int rank, List<Integer> hidden, SolveSettings solve)
    implements PosteriorFlow {

  private static final double TRAINING_TOLERANCE = 1e-4;

  /** Checks the sizes. */
  Continuous {
    ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
    ConfigChecks.require(rank >= 1, "rank", rank, "at least 1");
    hidden = List.copyOf(hidden);
    ConfigChecks.require(
        hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
  }

  /**
   * One Rademacher probe and a coarser tolerance in training, whose gradients are noisy anyway; the
   * exact trace in evaluations.
   */
  static SolveSettings standard() {
    return SolveSettings.hutchinson()
        .withTrainingSolver(
            SolverConfig.adaptive(
                    SolverMethod.DORMAND_PRINCE_54, TRAINING_TOLERANCE, TRAINING_TOLERANCE)
                .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS));
  }

  @Override
  public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
    List<Map> maps = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      LowRankField field =
          LowRankField.create(
              parameters, "posterior.blocks." + i, latent, hidden, rank, features, random);
      ContinuousFlow flow =
          new ContinuousFlow(latent, field.contextSize(), field, new EndTime.Fixed(1), solve);
      maps.add((pass, z0, given) -> flow.forward(pass, z0, field.changes(pass.tape(), given)));
    }
    return (pass, z0, given) -> {
      Transformed all = maps.get(0).apply(pass, z0, given);
      for (Map map : maps.subList(1, blocks)) {
        all = all.then(pass.tape(), map.apply(pass, all.value(), given));
      }
      return all;
    };
  }
}
