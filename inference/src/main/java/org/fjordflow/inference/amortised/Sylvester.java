package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;

/**
 * Sylvester layers whose parameters are linear in the features.
 *
 * @param layers at least 1
 * @param rank columns of Q, at least 1
 * @param reflections that Q is made of, or 0 for the orthonormal factor of any matrix
 */
record Sylvester(int layers, int rank, int reflections) implements PosteriorFlow {

  /** Checks the sizes. */
  Sylvester {
    ConfigChecks.require(layers >= 1, "layers", layers, "at least 1");
    ConfigChecks.require(rank >= 1, "rank", rank, "at least 1");
  }

  @Override
  public Map create(Parameters parameters, int latent, int features, RandomGenerator random) {
    ConfigChecks.require(rank <= latent, "rank", rank, "at most the latent columns, " + latent);
    List<SylvesterLayer> made = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      made.add(
          SylvesterLayer.create(
              parameters, "posterior.layers." + i, latent, this, features, random));
    }
    return (pass, z0, given) -> {
      Transformed all = made.get(0).apply(pass, z0, given);
      for (SylvesterLayer layer : made.subList(1, layers)) {
        all = all.then(pass.tape(), layer.apply(pass, all.value(), given));
      }
      return all;
    };
  }
}
