package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;

/**
 * What a continuous flow is made of.
 *
 * @param dim columns of data
 * @param contextSize columns of context, zero for an unconditional flow
 * @param field the network of each block
 * @param chain the blocks
 * @param solve how they are solved
 */
public record ContinuousConfig(
    int dim, int contextSize, FieldConfig field, ChainConfig chain, SolveSettings solve)
    implements BijectionConfig {

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, which says the value, what was
   *     given and expected. Absent values are told like wrong ones, since they come from files.
   */
  public ContinuousConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(contextSize >= 0, "contextSize", contextSize, "0 or more");
    ConfigChecks.require(field != null, "field", field, "an object");
    ConfigChecks.require(chain != null, "chain", chain, "an object");
    ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
    // Directions that cannot be drawn for so many columns are refused here.
    solve.training().divergence().directions(dim);
    solve.evaluation().divergence().directions(dim);
  }

  @Override
  public ContinuousConfig withContext(int size) {
    return new ContinuousConfig(dim, size, field, chain, solve);
  }

  /** The same, solved otherwise. */
  public ContinuousConfig withSolve(SolveSettings other) {
    return new ContinuousConfig(dim, contextSize, field, chain, other);
  }

  /** {@inheritDoc} A {@link ContinuousFlow}, or a {@link Composition} of one a block. */
  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> blocks = blocks(parameters, random);
    return blocks.size() == 1 ? blocks.get(0) : new Composition(blocks);
  }

  List<Bijection> blocks(Parameters parameters, RandomGenerator random) {
    List<Bijection> blocks = new ArrayList<>();
    for (int b = 0; b < chain.blocks(); b++) {
      String name = "chain." + b;
      EndTime endTime =
          chain.trainEndTime()
              ? EndTime.trained(parameters, name + ".sqrt_end_time", chain.endTime())
              : new EndTime.Fixed(chain.endTime());
      blocks.add(
          new ContinuousFlow(
              dim,
              contextSize,
              FieldKind.create(this, parameters, name + ".odefunc.diffeq.layers", random),
              endTime,
              solve));
    }
    return blocks;
  }
}
