package org.fjordflow.cnf.matching;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.internal.field.RowParts;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.flow.internal.parts.EmbeddedContext;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.PartwiseLoss;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.jspecify.annotations.Nullable;

/**
 * Flow matching: regresses a vector field on the velocities of paths between rows of a source and
 * rows of data, and solves nothing (Lipman, Chen, Ben-Hamu, Nickel and Le 2023; Tong et al. 2024).
 * The field of the least loss carries the source to the data, so that its flow is scored and
 * sampled like one that was trained by likelihood.
 *
 * <p>Times of paths run from 0 at the source to 1 at the data. A {@link ContinuousFlow} runs the
 * other way, from data at time 0 to the base at its end time T: the field is matched at {@code T (1
 * - t)}, and gets minus the path's velocity over T.
 *
 * <p>The loss is the mean of {@code (f - u)^2} over rows and columns, where u is the velocity in
 * units of the path's time, {@code t}. Its least value is not zero: it is the variance of the
 * velocities of paths that cross.
 */
public final class FlowMatching implements Objective {

  /** Draws of each row in a validation. */
  private static final int VALIDATION_DRAWS = 4;

  /** Rows that are paired with each other in a validation. */
  private static final int VALIDATION_ROWS = 256;

  /** Parts of a batch that are computed at once, each in memory of its own. */
  private static final int MOST_GROUPS = 4;

  private static final NormalDistribution NORMAL = new NormalDistribution();

  private final VelocityLoss error;
  private final BatchSource.@Nullable Sampler source;
  private final Pairing pairing;

  private FlowMatching(
      VectorField field,
      int dim,
      int contextSize,
      VelocityLoss.EndTimes endTime,
      BatchSource.@Nullable Sampler source,
      Options options) {
    if (contextSize > 0 && options.pairing().ignoresContext()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "pairing by transport is for flows without context: rows of a batch would choose the base by their context, and p(x | context) be wrong; take conditional-transport or independent");
    }
    this.error =
        new VelocityLoss(
            field,
            dim,
            contextSize,
            endTime,
            options.path(),
            options.times(),
            new PartwiseLoss(RowParts.rowsOf(field.width()), MOST_GROUPS));
    this.source = source;
    this.pairing = options.pairing();
  }

  /**
   * The objective for the field of a flow.
   *
   * @param flow a {@link ContinuousFlow}, alone or behind a network of its context, which is
   *     trained with the field; its end time stays as it is, also where it is trained
   * @param source draws what the flow has at its end time, such as {@code base::sample}
   * @param options paths, times, pairs
   * @throws FjordException INVALID_CONFIGURATION for other bijections, and for pairs that ignore
   *     the context of a conditional flow
   */
  public static FlowMatching of(Bijection flow, BatchSource.Sampler source, Options options) {
    return matching(flow, source, options);
  }

  private static FlowMatching matching(
      Bijection flow, BatchSource.@Nullable Sampler source, Options options) {
    if (flow instanceof EmbeddedContext embedded
        && embedded.inner() instanceof ContinuousFlow inner) {
      VectorField field = new EmbeddedField(embedded.network(), inner.field());
      return of(field, inner, embedded.contextSize(), source, options);
    }
    if (flow instanceof ContinuousFlow alone) {
      return of(alone.field(), alone, alone.contextSize(), source, options);
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "matching trains one continuous flow of one block; several blocks, discrete flows and mixtures of both are trained by likelihood");
  }

  /**
   * The objective for the field of a flow and rows that are paired already, such as those that a
   * trained flow carried from the base: matching them once more makes paths straight (reflow, Liu,
   * Gong and Liu 2023), so that few steps sample.
   *
   * @param flow as {@link #of(Bijection, BatchSource.Sampler, Options)} takes it
   * @param options paths and times; pairs are the batch's own. A row of a batch is a row of data
   *     and behind it its row of the source: twice the flow's columns
   * @throws FjordException INVALID_CONFIGURATION for other bijections
   */
  public static FlowMatching ofPairs(Bijection flow, Options options) {
    return matching(flow, null, options.withPairing(new Pairing.Independent()));
  }

  private static FlowMatching of(
      VectorField field,
      ContinuousFlow flow,
      int contextSize,
      BatchSource.@Nullable Sampler source,
      Options options) {
    return new FlowMatching(
        field,
        flow.dim(),
        contextSize,
        tape -> {
          double[] time = new double[1];
          tape.backend().download(flow.endTime().on(tape).value(), time, 0);
          return time[0];
        },
        source,
        options);
  }

  /**
   * The objective for any field.
   *
   * @param field what is matched, in times from 0 at the data to 1 at the source
   * @param dim columns of data
   * @param contextSize columns of context, zero for none
   * @param source draws rows of the source
   * @param options paths, times, pairs
   * @throws FjordException INVALID_CONFIGURATION for pairs that ignore the context
   */
  public static FlowMatching of(
      VectorField field, int dim, int contextSize, BatchSource.Sampler source, Options options) {
    return new FlowMatching(field, dim, contextSize, tape -> 1, source, options);
  }

  /** {@inheritDoc} Draws the source, pairs, times and noise from the pass. */
  @Override
  public Var loss(Pass pass, Batch batch) {
    double[][] context = batch.context();
    int contextSize = error.contextSize();
    if ((context == null) != (contextSize == 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the flow takes %d values of context, but the batch has %s"
              .formatted(contextSize, context == null ? "none" : "some"));
    }
    int n = batch.size();
    int dim = error.dim();
    if (source == null) {
      double[] both = RowArrays.flatten(batch.rows(), 2 * dim, "batch of pairs");
      double[] data = new double[n * dim];
      double[] from = new double[n * dim];
      for (int i = 0; i < n; i++) {
        System.arraycopy(both, 2 * i * dim, data, i * dim, dim);
        System.arraycopy(both, (2 * i + 1) * dim, from, i * dim, dim);
      }
      return error.of(pass, data, from, context);
    }
    double[][] drawn = source.sample(n, pass.random());
    if (drawn.length != n) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the source gave %d rows for a batch of %d; expected as many".formatted(drawn.length, n));
    }
    double[] data = RowArrays.flatten(batch.rows(), dim, "batch");
    double[] unpaired = RowArrays.flatten(drawn, dim, "source");
    int[] pairs = Pairs.of(pairing, drawn, batch, pass.random());
    double[] from = new double[n * dim];
    for (int i = 0; i < n; i++) {
      System.arraycopy(unpaired, pairs[i] * dim, from, i * dim, dim);
    }
    return error.of(pass, data, from, context);
  }

  /**
   * Returns the validation by the loss of rows, with the same sources, pairs, times and noise every
   * time. It costs as little as some steps, where a log-density would have to be solved for.
   *
   * @param backend of the field's parameters
   * @param data the rows, with their contexts; held. Not modified.
   */
  public Validation validation(Backend backend, Batch data) {
    return random -> {
      Tape tape = Tape.evaluating(backend);
      double sum = 0;
      // An image has many columns, so that one draw says as much as several of a row.
      int draws = RowParts.isOfImages(error.field().width()) ? 1 : VALIDATION_DRAWS;
      for (int k = 0; k < draws; k++) {
        for (int from = 0; from < data.size(); from += VALIDATION_ROWS) {
          Batch part = data.slice(from, Math.min(data.size(), from + VALIDATION_ROWS));
          tape.reset();
          double[] loss = new double[1];
          backend.download(loss(Pass.evaluation(tape, random), part).value(), loss, 0);
          sum += loss[0] * part.size() / data.size();
        }
      }
      return sum / draws;
    };
  }

  /**
   * What is matched.
   *
   * @param path from a row of the source to a row of data
   * @param times how times are drawn
   * @param pairing which row of the source goes to which row of data
   */
  public record Options(MatchingPath path, Times times, Pairing pairing) {

    /**
     * Checks that all are there: absent ones come from files.
     *
     * @throws FjordException INVALID_CONFIGURATION if one is not
     */
    public Options {
      ConfigChecks.require(path != null, "path", path, "an object");
      ConfigChecks.require(times != null, "times", times, "an object");
      ConfigChecks.require(pairing != null, "pairing", pairing, "an object");
    }

    /** Straight paths without noise between independent rows, at uniform times. */
    public static Options standard() {
      return new Options(
          new MatchingPath.Straight(0), new Times.Uniform(), new Pairing.Independent());
    }

    /** The same along other paths. */
    public Options withPath(MatchingPath other) {
      return new Options(other, times, pairing);
    }

    /** The same at other times. */
    public Options withTimes(Times other) {
      return new Options(path, other, pairing);
    }

    /** The same with other pairs. */
    public Options withPairing(Pairing other) {
      return new Options(path, times, other);
    }
  }

  /** How times of paths are drawn, from 0 at the source to 1 at the data. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Times.Uniform.class, name = "uniform"),
    @JsonSubTypes.Type(value = Times.Power.class, name = "power"),
    @JsonSubTypes.Type(value = Times.LogitNormal.class, name = "logit-normal")
  })
  public sealed interface Times {

    /**
     * Returns the time below which a part of the times lies.
     *
     * @param part above 0 and below 1
     */
    double quantile(double part);

    /** All alike. */
    record Uniform() implements Times {
      @Override
      public double quantile(double part) {
        return part;
      }
    }

    /**
     * With a density in proportion to {@code t^exponent}: more near the data where it is positive
     * (Dax et al. 2023), more near the source where it is negative.
     *
     * @param exponent above -1
     */
    record Power(double exponent) implements Times {
      /**
       * Checks the exponent.
       *
       * @throws FjordException INVALID_CONFIGURATION if it is not finite and above -1
       */
      public Power {
        ConfigChecks.require(
            exponent > -1 && exponent < Double.POSITIVE_INFINITY,
            "exponent",
            exponent,
            "above -1, finite");
      }

      @Override
      public double quantile(double part) {
        return Math.pow(part, 1 / (1 + exponent));
      }
    }

    /**
     * {@code 1 / (1 + exp(-z))} of normal z (Esser et al. 2024): more in the middle.
     *
     * @param mean of z
     * @param deviation of z, positive
     */
    record LogitNormal(double mean, double deviation) implements Times {
      /**
       * Checks both.
       *
       * @throws FjordException INVALID_CONFIGURATION if the mean is not finite, or the deviation
       *     not positive and finite
       */
      public LogitNormal {
        ConfigChecks.require(Double.isFinite(mean), "mean", mean, "a finite number");
        ConfigChecks.require(
            deviation > 0 && deviation < Double.POSITIVE_INFINITY,
            "deviation",
            deviation,
            "positive, finite");
      }

      @Override
      public double quantile(double part) {
        return Elementwise.SIGMOID.value(
            mean + deviation * NORMAL.inverseCumulativeProbability(part));
      }
    }
  }
}
