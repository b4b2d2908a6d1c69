package org.fjordflow.core.model;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.internal.parts.EmbeddedContext;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;

/**
 * A network of the context before all layers of a conditional flow, trained with it: layers then
 * see what it makes of the context. Computed once a pass, however many layers there are.
 *
 * <pre>{@code
 * EmbeddingConfig embedding = EmbeddingConfig.of(8, 64);
 * Mlp network = embedding.create(parameters, contextSize, random);
 * Bijection bijection = flow.withContext(embedding.size()).bijection(parameters, random);
 * Bijection whole = embedding.before(bijection, network);   // takes the context as it is
 * }</pre>
 *
 * @param hidden hidden sizes of the network; may be empty
 * @param size number of columns that the layers get in the context's place
 * @param activation after each layer of the network but the last
 */
public record EmbeddingConfig(List<Integer> hidden, int size, Activation activation) {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION if one is not positive, or a value is absent
   */
  public EmbeddingConfig {
    hidden = ConfigChecks.list("hidden", hidden);
    ConfigChecks.require(
        hidden.stream().allMatch(h -> h > 0), "hidden", hidden, "positive numbers");
    ConfigChecks.require(size > 0, "size", size, "a positive number");
    ConfigChecks.require(activation != null, "activation", activation, "a value");
  }

  /**
   * A network with swish.
   *
   * @param size columns that the layers get
   * @param hidden hidden sizes
   */
  public static EmbeddingConfig of(int size, Integer... hidden) {
    return new EmbeddingConfig(List.of(hidden), size, Activation.SWISH);
  }

  /**
   * Creates the network.
   *
   * @param parameters where {@code embedding.0.weight}, {@code embedding.0.bias} and so on are
   *     added. Modified.
   * @param contextSize columns of the context
   * @param random source of the initial values
   * @return contextSize to {@link #size} columns
   * @throws FjordException INVALID_CONFIGURATION if there is no context
   */
  public Mlp create(Parameters parameters, int contextSize, RandomGenerator random) {
    ConfigChecks.require(
        contextSize > 0, "context", contextSize, "a positive number for a flow with an embedding");
    List<Integer> sizes = new ArrayList<>(List.of(contextSize));
    sizes.addAll(hidden);
    sizes.add(size);
    return Mlp.create(parameters, "embedding", sizes, activation, random);
  }

  /**
   * Puts a network of the context before a bijection.
   *
   * @param bijection its context are the network's outputs
   * @param network of {@link #create}
   * @return the same map, whose context are the network's inputs
   * @throws FjordException SHAPE_MISMATCH if the network has not as many outputs as the bijection
   *     has columns of context
   */
  public Bijection before(Bijection bijection, Mlp network) {
    return new EmbeddedContext(network, bijection);
  }
}
