package org.fjordflow.discrete;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;

/**
 * A discrete flow made from a configuration, together with its parameters.
 *
 * <p>Threads and closing are as {@link Model} says.
 */
public final class DiscreteModel implements Model {

  private final DiscreteConfig config;
  private final Backend backend;
  private final Parameters parameters;
  private final Flow flow;

  private DiscreteModel(DiscreteConfig config, Backend backend, Parameters parameters, Flow flow) {
    this.config = config;
    this.backend = backend;
    this.parameters = parameters;
    this.flow = flow;
  }

  /**
   * Creates a model with initial values. Where data choose some of them, {@link #initialize} lets
   * them, or else the first batch of a training does.
   *
   * @param config what to make
   * @param random source of the initial values, and of permutations
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there are no threads
   */
  public static DiscreteModel create(DiscreteConfig config, RandomGenerator random, int threads) {
    return create(config, random, threads, Parameters.Limit.ofMemory());
  }

  /** Creates a model that is no larger than what is to be filled into it. */
  static DiscreteModel create(
      DiscreteConfig config, RandomGenerator random, int threads, Parameters.Limit limit) {
    Backend backend = config.createBackend(threads);
    try {
      Parameters parameters = new Parameters(backend, limit);
      parameters.require("dim", config.dim());
      Flow plain = config.flow().create(parameters, random);
      List<Bijection> parts = new ArrayList<>(config.standardization());
      parts.add(plain.bijection());
      Flow flow =
          parts.size() == 1
              ? plain
              : new Flow(plain.base(), new Composition(parts), backend)
                  .withChunkRows(plain.chunkRows());
      return new DiscreteModel(config, backend, parameters, flow);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /**
   * Loads a model as it was saved, for all processors.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound;
   *     SHAPE_MISMATCH, listing names, if the two do not belong together; INVALID_CONFIGURATION,
   *     also for a model of another kind
   */
  public static DiscreteModel load(Path folder) {
    ModelFolder.Saved saved = ModelFolder.read(folder);
    DiscreteConfig config = saved.config(DiscreteConfig.class);
    int threads = Runtime.getRuntime().availableProcessors();
    return saved.load((random, limit) -> create(config, random, threads, limit));
  }

  @Override
  public DiscreteConfig config() {
    return config;
  }

  @Override
  public Parameters parameters() {
    return parameters;
  }

  @Override
  public Flow flow() {
    return flow;
  }

  @Override
  public void close() {
    backend.close();
  }
}
