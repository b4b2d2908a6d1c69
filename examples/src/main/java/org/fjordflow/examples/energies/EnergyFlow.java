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
 * @param family planar layers, NICE, or what a fit takes of itself
 * @param layers how many of the first two
 */
record EnergyFlow(Family family, int layers) {

  /** Hidden units of NICE's networks. */
  private static final int WIDTH = 32;

  /** So long that it is the steps that end a training. */
  private static final Duration LIMIT = Duration.ofHours(1);

  /** Adam's rates. */
  private static final double PLANAR_RATE = 1e-2;

  private static final double NICE_RATE = 2e-3;

  /** What layers are. */
  enum Family {
    /** Planar. */
    PLANAR,
    /** Additive couplings, columns in turn. */
    NICE,
    /** The flow, the start and the training that nothing else is asked of. */
    DEFAULT
  }

  /** The flows of the paper's figure, and the default. */
  static List<EnergyFlow> all() {
    List<EnergyFlow> flows = new ArrayList<>();
    for (Family family : List.of(Family.PLANAR, Family.NICE)) {
      for (int layers : new int[] {2, 8, 32}) {
        flows.add(new EnergyFlow(family, layers));
      }
    }
    flows.add(new EnergyFlow(Family.DEFAULT, 0));
    return flows;
  }

  /**
   * Fits an energy, planar layers and NICE as in the paper: from a standard normal, with a density
   * that is flat at first.
   *
   * @param steps how many; the density is whole after half of them
   */
  VariationalPosterior fit(Energy energy, int steps, long seed) {
    VariationalOptions.Builder options =
        VariationalOptions.builder().timeLimit(LIMIT).steps(steps).threads(1).seed(seed);
    if (family != Family.DEFAULT) {
      boolean planar = family == Family.PLANAR;
      FlowSpec spec = FlowSpec.of(planar ? Flows.planar(2, layers) : Flows.nice(2, layers, WIDTH));
      options
          .flow(FlowRecipe.of(spec))
          .learningRate(planar ? PLANAR_RATE : NICE_RATE)
          .starts(0)
          .annealing(0.01, steps / 2)
          .tolerance(0);
    }
    return VariationalFlow.fit(energy, options.build());
  }

  @Override
  public String toString() {
    String name = family.name().toLowerCase(Locale.ROOT);
    return family == Family.DEFAULT ? name : name + " " + layers;
  }
}
