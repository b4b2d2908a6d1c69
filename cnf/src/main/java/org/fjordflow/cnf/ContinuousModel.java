package org.fjordflow.cnf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.estimators.Divergence;

/**
 * A continuous flow made from a configuration, together with its parameters. Names of parameters
 * are those of FFJORD's code, so that its models can be read.
 *
 * <p>Threads and closing are as {@link Model} says.
 */
public final class ContinuousModel implements Model {

  private final ModelConfig config;
  private final Backend backend;
  private final Parameters parameters;
  private final Flow flow;

  private ContinuousModel(ModelConfig config, Backend backend, Parameters parameters, Flow flow) {
    this.config = config;
    this.backend = backend;
    this.parameters = parameters;
    this.flow = flow;
  }

  /**
   * Creates a model with initial values that uses all processors.
   *
   * @param config what to make
   * @param random source of the initial values
   * @return the model; the caller closes it
   */
  public static ContinuousModel create(ModelConfig config, RandomGenerator random) {
    return create(config, random, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Creates a model with initial values.
   *
   * @param config what to make
   * @param random source of the initial values
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @return the model; the caller closes it
   * @throws FjordException INVALID_ARGUMENT if there are no threads
   */
  public static ContinuousModel create(ModelConfig config, RandomGenerator random, int threads) {
    return create(config, random, threads, Parameters.Limit.ofMemory());
  }

  /**
   * Creates a model with initial values on a backend that need not be one of those that
   * configurations can name, such as one that measures.
   *
   * @param config what to make; the backend that it names is not made
   * @param backend of the configuration's element type; closed with the model
   * @param random source of the initial values
   * @return the model; the caller closes it
   * @throws FjordException TYPE_MISMATCH if the backend has another element type; it is not closed
   *     then
   */
  public static ContinuousModel create(
      ModelConfig config, Backend backend, RandomGenerator random) {
    return create(config, backend, random, Parameters.Limit.ofMemory());
  }

  /**
   * Creates a model that is no larger than what is to be filled into it.
   *
   * @param limit how large its parameters may become
   * @return the model; the caller closes it
   * @throws FjordException INVALID_CONFIGURATION for a larger one
   */
  public static ContinuousModel create(
      ModelConfig config, RandomGenerator random, int threads, Parameters.Limit limit) {
    Backend backend = config.createBackend(threads);
    try {
      return create(config, backend, random, limit);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  private static ContinuousModel create(
      ModelConfig config, Backend backend, RandomGenerator random, Parameters.Limit limit) {
    DType wanted = DType.of(config.dtype());
    if (backend.dtype() != wanted) {
      throw new FjordException(
          ErrorKey.TYPE_MISMATCH,
          "a backend of %s was given; the configuration asks for %s"
              .formatted(backend.dtype().id(), wanted.id()));
    }
    Parameters parameters = new Parameters(backend, limit);
    parameters.require("dim", config.dim());
    List<Bijection> parts = new ArrayList<>(config.standardization());
    parts.addAll(config.flow().blocks(parameters, random));
    Bijection bijection = parts.size() == 1 ? parts.get(0) : new Composition(parts);
    Flow flow = new Flow(DiagonalNormal.standard(config.dim()), bijection, backend);
    return new ContinuousModel(config, backend, parameters, flow);
  }

  /**
   * Loads a model as it was saved.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @return the model; the caller closes it
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound; SHAPE_MISMATCH,
   *     listing names, if the two do not belong together; INVALID_CONFIGURATION, also for a model
   *     of another kind
   */
  public static ContinuousModel load(Path folder) {
    return load(folder, UnaryOperator.identity());
  }

  /**
   * Loads a model with a changed configuration, such as another solver or precision.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @param change what to change; parameters keep their names and shapes
   * @return the model; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static ContinuousModel load(Path folder, UnaryOperator<ModelConfig> change) {
    return load(folder, change, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Loads a model with a changed configuration, for a number of threads.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @param change what to change; parameters keep their names and shapes
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @return the model; the caller closes it
   * @throws FjordException as {@link #load(Path)}
   */
  public static ContinuousModel load(Path folder, UnaryOperator<ModelConfig> change, int threads) {
    ModelFolder.Saved saved = ModelFolder.read(folder);
    ModelConfig config = change.apply(saved.config(ModelConfig.class));
    return saved.load((random, limit) -> create(config, random, threads, limit));
  }

  /**
   * Returns the same model, sharing its parameters, solved otherwise. Closing one closes both.
   *
   * @param solve how to solve
   */
  public ContinuousModel withSolve(SolveSettings solve) {
    return withSolve(Collections.nCopies(config.chain().blocks(), solve));
  }

  /**
   * Returns the same model, sharing its parameters, with each block solved in its own way, such as
   * with its own replayed probes. Closing one closes both.
   *
   * @param solves how to solve each block, the first one that data goes through first
   * @throws FjordException INVALID_ARGUMENT if there are not as many as blocks
   */
  public ContinuousModel withSolve(List<SolveSettings> solves) {
    if (solves.size() != config.chain().blocks()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "ways to solve " + solves.size() + " blocks; this model has " + config.chain().blocks());
    }
    Iterator<SolveSettings> next = solves.iterator();
    List<Bijection> changed = new ArrayList<>();
    for (Bijection part : parts()) {
      changed.add(
          part instanceof ContinuousFlow continuous ? continuous.withSolve(next.next()) : part);
    }
    Bijection other = changed.size() == 1 ? changed.get(0) : new Composition(changed);
    Flow otherFlow = new Flow(flow.base(), other, backend).withChunkRows(flow.chunkRows());
    return new ContinuousModel(config, backend, parameters, otherFlow);
  }

  /**
   * Returns the same model, sharing its parameters, evaluated with another divergence. Closing one
   * closes both.
   *
   * @param divergence of every block in evaluations
   */
  public ContinuousModel withEvaluationDivergence(Divergence divergence) {
    return withSolve(
        parts().stream()
            .filter(ContinuousFlow.class::isInstance)
            .map(part -> ((ContinuousFlow) part).solve().withEvaluationDivergence(divergence))
            .toList());
  }

  /** Returns what data goes through, in order: perhaps a standardisation, then the blocks. */
  public List<Bijection> parts() {
    return flow.bijection() instanceof Composition composition
        ? composition.parts()
        : List.of(flow.bijection());
  }

  @Override
  public ModelConfig config() {
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
