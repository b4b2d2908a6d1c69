package org.fjordflow.model;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.FlowConfig;
import org.fjordflow.model.internal.noise.NoiseFlow;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a model and what is made of them, with the lock that readers share and writers
 * do not. All models that share weights have the same one.
 */
final class Weights {

  private final Backend backend;
  private final Parameters parameters;
  private final Bijection bijection;
  private final UnaryOperator<Bijection> embedded;
  private final Flow flow;
  private final @Nullable NoiseFlow noise;
  private final int mostRows;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private Weights(
      Backend backend,
      Parameters parameters,
      Bijection bijection,
      UnaryOperator<Bijection> embedded,
      Distribution base,
      @Nullable NoiseFlow noise,
      int mostRows) {
    this.backend = backend;
    this.parameters = parameters;
    this.bijection = bijection;
    this.embedded = embedded;
    this.flow = new Flow(base, embedded.apply(bijection), backend);
    this.noise = noise;
    this.mostRows = mostRows;
  }

  static Weights create(
      FlowSpec spec, RandomGenerator random, int threads, Parameters.Limit limit) {
    Backend backend = spec.createBackend(threads);
    try {
      Parameters parameters = new Parameters(backend, limit);
      parameters.require("dim", spec.dim());
      parameters.require("context", spec.context());
      int mostRows = Flow.DEFAULT_CHUNK_ROWS;
      List<Bijection> parts = new ArrayList<>();
      for (BijectionConfig config : spec.flow()) {
        // A single one has no prefix: the names of earlier folders.
        String prefix = spec.flow().size() == 1 ? "" : "flow." + parts.size() + ".";
        if (config instanceof FlowConfig discrete) {
          Flow flow = parameters.within(prefix, () -> discrete.create(parameters, random));
          mostRows = Math.min(mostRows, flow.chunkRows());
          parts.add(flow.bijection());
        } else {
          parts.add(parameters.within(prefix, () -> config.bijection(parameters, random)));
        }
      }
      Bijection bijection = parts.size() == 1 ? parts.get(0) : new Composition(parts);
      EmbeddingConfig embedding = spec.embedding();
      Mlp network = embedding == null ? null : embedding.create(parameters, spec.context(), random);
      UnaryOperator<Bijection> embedded =
          embedding == null || network == null
              ? UnaryOperator.identity()
              : inner -> embedding.before(inner, network);
      Distribution base = spec.base().create(parameters, spec.dim(), spec.circular(), random);
      NoiseFlow noise = NoiseFlow.create(parameters, spec.images(), random);
      return new Weights(backend, parameters, bijection, embedded, base, noise, mostRows);
    } catch (RuntimeException e) {
      backend.close();
      throw e;
    }
  }

  Backend backend() {
    return backend;
  }

  Parameters parameters() {
    return parameters;
  }

  /** Returns the bijections, which take embedded contexts where contexts are embedded. */
  Bijection bijection() {
    return bijection;
  }

  /** Puts the network that embeds contexts before bijections, where there is one. */
  Bijection embedded(Bijection inner) {
    return embedded.apply(inner);
  }

  /** Returns the flow of standardised rows, from which all others take their memory. */
  Flow flow() {
    return flow;
  }

  /** Returns the flow of the noise of images, null for uniform noise and for other rows. */
  @Nullable NoiseFlow noise() {
    return noise;
  }

  /** Returns how many rows may be computed at once for the sake of the bijections. */
  int mostRows() {
    return mostRows;
  }

  /** Reads, beside others that read. */
  <T> T reading(Supplier<T> task) {
    lock.readLock().lock();
    try {
      requireOpen();
      return task.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Writes alone. */
  <T> T writing(Supplier<T> task) {
    if (lock.getReadHoldCount() > 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a model is to be changed while the same thread reads it, such as a stream of"
              + " log-densities; end that first");
    }
    lock.writeLock().lock();
    try {
      requireOpen();
      return task.get();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new FjordException(
          ErrorKey.CLOSED, "this model has been closed; load or create it again");
    }
  }

  void close() {
    if (lock.getReadHoldCount() > 0) {
      throw new FjordException(
          ErrorKey.CONCURRENT_USE,
          "a model is to be closed by a thread that is scoring, sampling or saving it; end that first");
    }
    lock.writeLock().lock();
    try {
      closed = true;
      backend.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
