package org.fjordflow.core.model;

import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;

/**
 * A flow made from a configuration, together with its parameters: what is trained, saved and
 * loaded, whatever kind of flow it is.
 *
 * <p>Holds native memory until closed, or until it is forgotten and collected. Any number of
 * threads may evaluate its flow at once, with the bits that each gets alone; nobody may while
 * something writes its parameters (training, {@link #initialize}, loading values into it). Once it
 * is closed, whatever belongs to it throws CLOSED; see {@link
 * org.fjordflow.core.backend.Backend#close}.
 */
public interface Model extends AutoCloseable {

  /** Returns the configuration. */
  ModelSpec config();

  /** Returns the trained values. */
  Parameters parameters();

  /** Returns the flow. */
  Flow flow();

  /**
   * Lets rows choose the initial values that data choose ({@link Flow#initialize}), where there are
   * such that nothing has chosen yet: a model that is loaded, or whose training is resumed, has all
   * of them, and stays as it is.
   *
   * @param batch some hundred rows, with the flow's context
   * @param random for parts that need randomness to be evaluated
   * @throws org.fjordflow.base.FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not fit
   *     the flow; CLOSED
   */
  default void initialize(Batch batch, RandomGenerator random) {
    parameters().backend().lease().close(); // says that the model has been closed, if it has
    if (!parameters().awaitingData().isEmpty()) {
      double[][] context = batch.context();
      Context conditions = context == null ? Context.none() : Context.of(context);
      flow().initialize(batch.rows(), conditions, random);
    }
  }

  @Override
  void close();
}
