package org.fjordflow.core.model;

import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;

/**
 * A flow of one configuration, continuous or discrete, with the parameters and the backend that
 * were made for it.
 *
 * <p>Threads and closing are as {@link Model} says.
 *
 * @param <C> the record that configures it
 */
public final class BuiltModel<C extends ModelSpec> implements Model {

  private final C config;
  private final Parameters parameters;
  private final Flow flow;

  private BuiltModel(C config, Parameters parameters, Flow flow) {
    this.config = config;
    this.parameters = parameters;
    this.flow = flow;
  }

  /**
   * Creates a model on the backend that its configuration names.
   *
   * @param config what to make
   * @param threads how many threads it uses at most, the caller's among them; results do not depend
   *     on it
   * @param limit how large its parameters may become
   * @param build makes the flow, standardisation included, and its parameters
   * @return the model; the caller closes it
   * @throws FjordException INVALID_ARGUMENT if there are no threads; INVALID_CONFIGURATION for a
   *     model that is larger than the limit
   */
  public static <C extends ModelSpec> BuiltModel<C> create(
      C config, int threads, Parameters.Limit limit, Function<Parameters, Flow> build) {
    Backend backend = config.createBackend(threads);
    try {
      return create(config, backend, limit, build);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  /**
   * Creates a model on a backend that need not be one of those that configurations can name, such
   * as one that measures.
   *
   * @param backend of the configuration's element type; closed with the model
   * @throws FjordException TYPE_MISMATCH if the backend has another element type; it is not closed
   *     then
   */
  public static <C extends ModelSpec> BuiltModel<C> create(
      C config, Backend backend, Parameters.Limit limit, Function<Parameters, Flow> build) {
    DType wanted = DType.of(config.dtype());
    if (backend.dtype() != wanted) {
      throw new FjordException(
          ErrorKey.TYPE_MISMATCH,
          "a backend of %s was given; the configuration asks for %s"
              .formatted(backend.dtype().id(), wanted.id()));
    }
    Parameters parameters = new Parameters(backend, limit);
    parameters.require("dim", config.dim());
    return new BuiltModel<>(config, parameters, build.apply(parameters));
  }

  /**
   * Loads a model as it was saved, for all processors.
   *
   * @param folder a folder that {@link ModelFolder#save} wrote
   * @param type the record that configures it
   * @return the model; the caller closes it
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if a file is not sound; SHAPE_MISMATCH,
   *     listing names, if the two do not belong together; INVALID_CONFIGURATION, also for a model
   *     of another kind
   */
  public static <C extends ModelSpec> BuiltModel<C> load(Path folder, Class<C> type) {
    return load(folder, type, UnaryOperator.identity());
  }

  /**
   * Loads a model with a changed configuration, such as another solver or precision.
   *
   * @param change what to change; parameters keep their names and shapes
   * @throws FjordException as {@link #load(Path, Class)}
   */
  @SuppressWarnings("unchecked") // a record's create makes models of that record
  public static <C extends ModelSpec> BuiltModel<C> load(
      Path folder, Class<C> type, UnaryOperator<C> change) {
    ModelFolder.Saved saved = ModelFolder.read(folder);
    C config = change.apply(saved.config(type));
    int threads = Runtime.getRuntime().availableProcessors();
    return saved.load((random, limit) -> (BuiltModel<C>) config.create(random, threads, limit));
  }

  /**
   * Returns the same model through another bijection of its parameters, such as one that is solved
   * otherwise. Closing one closes both.
   *
   * @param bijection of this model's parameters
   * @throws FjordException SHAPE_MISMATCH for one of another dimension
   */
  public BuiltModel<C> withBijection(Bijection bijection) {
    return new BuiltModel<>(config, parameters, flow.withBijection(bijection));
  }

  @Override
  public C config() {
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
    parameters.backend().close();
  }
}
