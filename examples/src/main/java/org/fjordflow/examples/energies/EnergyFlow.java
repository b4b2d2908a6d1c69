package org.fjordflow.examples.energies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.fjordflow.discrete.Flows;
import org.fjordflow.inference.VariationalFlow;
import org.fjordflow.inference.VariationalOptions;
import org.fjordflow.inference.VariationalPosterior;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;

/**
 * A flow that energies are fitted with.
 *
 * @param family planar layers or NICE
 * @param layers how many
 */
record EnergyFlow(Family family, int layers) {

  /** Hidden units of NICE's networks. */
  private static final int WIDTH = 32;

  /** Adam's rates. */
  private static final double PLANAR_RATE = 1e-2;

  private static final double NICE_RATE = 2e-3;

  /** What layers are. */
  enum Family {
    /** Planar. */
    PLANAR,
    /** Additive couplings, columns in turn. */
    NICE
  }

  /** The flows of the paper's figure. */
  static List<EnergyFlow> all() {
    List<EnergyFlow> flows = new ArrayList<>();
    for (Family family : Family.values()) {
      for (int layers : new int[] {2, 8, 32}) {
        flows.add(new EnergyFlow(family, layers));
      }
    }
    return flows;
  }

  /**
   * Fits an energy as in the paper: from a standard normal, with a density that is flat at first.
   *
   * @param steps how many; the density is whole after half of them
   */
  VariationalPosterior fit(Energy energy, int steps, long seed) {
    FlowSpec spec =
        family == Family.PLANAR
            ? FlowSpec.of(Flows.planar(2, layers))
            : FlowSpec.of(Flows.nice(2, layers, WIDTH));
    VariationalOptions options =
        VariationalOptions.builder()
            .flow(FlowRecipe.of(spec))
            .learningRate(family == Family.PLANAR ? PLANAR_RATE : NICE_RATE)
            .starts(0)
            .annealing(0.01, steps / 2)
            .steps(steps)
            .tolerance(0)
            .timeLimit(Duration.ofHours(1))
            .threads(1)
            .seed(seed)
            .build();
    return VariationalFlow.fit(energy, options);
  }

  @Override
  public String toString() {
    return family.name().toLowerCase(Locale.ROOT) + " " + layers;
  }
}
