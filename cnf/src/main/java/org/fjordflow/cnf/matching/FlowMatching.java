package org.fjordflow.cnf.matching;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousFlow;
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

  /**
   * Times of a batch are a shifted Kronecker sequence of this number: they fill the interval evenly
   * whatever the order of the rows, so that losses differ less by chance.
   */
  private static final double GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

  /** Draws of each row in a validation. */
  private static final int VALIDATION_DRAWS = 4;

  /** Rows that are paired with each other in a validation. */
  private static final int VALIDATION_ROWS = 256;

  private static final NormalDistribution NORMAL = new NormalDistribution();

  private final VectorField field;
  private final int dim;
  private final int contextSize;
  private final EndTimes endTime;
  private final BatchSource.@Nullable Sampler source;
  private final Options options;

  /** Finds out the present end time. */
  @FunctionalInterface
  private interface EndTimes {
    double on(Tape tape);
  }

  private FlowMatching(
      VectorField field,
      int dim,
      int contextSize,
      EndTimes endTime,
      BatchSource.@Nullable Sampler source,
      Options options) {
    if (contextSize > 0 && options.pairing().ignoresContext()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "pairing by transport is for flows without context: rows of a batch would choose the base by their context, and p(x | context) be wrong; take conditional-transport or independent");
    }
    this.field = field;
    this.dim = dim;
    this.contextSize = contextSize;
    this.endTime = endTime;
    this.source = source;
    this.options = options;
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
    if ((context == null) != (contextSize == 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the flow takes %d values of context, but the batch has %s"
              .formatted(contextSize, context == null ? "none" : "some"));
    }
    int n = batch.size();
    if (source == null) {
      double[] both = RowArrays.flatten(batch.rows(), 2 * dim, "batch of pairs");
      double[] data = new double[n * dim];
      double[] from = new double[n * dim];
      for (int i = 0; i < n; i++) {
        System.arraycopy(both, 2 * i * dim, data, i * dim, dim);
        System.arraycopy(both, (2 * i + 1) * dim, from, i * dim, dim);
      }
      return loss(pass, data, from, context);
    }
    double[][] drawn = source.sample(n, pass.random());
    if (drawn.length != n) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the source gave %d rows for a batch of %d; expected as many".formatted(drawn.length, n));
    }
    double[] data = RowArrays.flatten(batch.rows(), dim, "batch");
    double[] unpaired = RowArrays.flatten(drawn, dim, "source");
    int[] pairs = Pairs.of(options.pairing(), drawn, batch, pass.random());
    double[] from = new double[n * dim];
    for (int i = 0; i < n; i++) {
      System.arraycopy(unpaired, pairs[i] * dim, from, i * dim, dim);
    }
    return loss(pass, data, from, context);
  }

  private Var loss(Pass pass, double[] data, double[] from, double @Nullable [][] context) {
    Tape tape = pass.tape();
    RandomGenerator random = pass.random();
    int n = data.length / dim;
    double end = endTime.on(tape);
    double[] state = new double[n * dim];
    double[] velocity = new double[n * dim];
    double[] times = new double[n];
    double shift = random.nextDouble();
    for (int i = 0; i < n; i++) {
      double t = options.times().quantile((shift + i * GOLDEN_RATIO) % 1);
      Point point = options.path().at(t);
      times[i] = end * (1 - t);
      for (int j = 0; j < dim; j++) {
        int at = i * dim + j;
        double x0 = from[at];
        double x1 = data[at];
        double noise = point.noise() == 0 ? 0 : random.nextGaussian();
        state[at] = point.source() * x0 + point.data() * x1 + point.noise() * noise;
        velocity[at] = point.sourceRate() * x0 + point.dataRate() * x1;
      }
    }
    Var given =
        context == null
            ? null
            : tape.constant(RowArrays.flatten(context, contextSize, "context"), n, contextSize);
    return squaredError(tape, times, state, velocity, end, given);
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
      for (int k = 0; k < VALIDATION_DRAWS; k++) {
        for (int from = 0; from < data.size(); from += VALIDATION_ROWS) {
          Batch part = data.slice(from, Math.min(data.size(), from + VALIDATION_ROWS));
          tape.reset();
          double[] loss = new double[1];
          backend.download(loss(Pass.evaluation(tape, random), part).value(), loss, 0);
          sum += loss[0] * part.size() / data.size();
        }
      }
      return sum / VALIDATION_DRAWS;
    };
  }

  private Var squaredError(
      Tape tape,
      double[] times,
      double[] state,
      double[] velocity,
      double end,
      @Nullable Var context) {
    int n = times.length;
    Var value = field.at(tape, tape.constant(times, n, 1), tape.constant(state, n, dim), context);
    // The flow's own time runs the other way, and so much slower.
    Var error = tape.sum(end, value, 1, tape.constant(velocity, n, dim));
    return tape.mean(tape.apply(Elementwise.SQUARE, error));
  }

  /**
   * What is matched.
   *
   * @param path from a row of the source to a row of data
   * @param times how times are drawn
   * @param pairing which row of the source goes to which row of data
   */
  public record Options(Path path, Times times, Pairing pairing) {

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
      return new Options(new Path.Straight(0), new Times.Uniform(), new Pairing.Independent());
    }

    /** The same along other paths. */
    public Options withPath(Path other) {
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

  /**
   * Where a path is at a time, and how fast: at {@code source x0 + data x1 + noise e} with e
   * standard normal, with the velocity {@code sourceRate x0 + dataRate x1}.
   *
   * @param source factor of the source's row
   * @param data factor of the data's row
   * @param noise standard deviation
   * @param sourceRate derivative of {@code source}
   * @param dataRate derivative of {@code data}
   */
  public record Point(
      double source, double data, double noise, double sourceRate, double dataRate) {}

  /** The path from a row x0 of the source to a row x1 of data. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Path.Straight.class, name = "straight"),
    @JsonSubTypes.Type(value = Path.Target.class, name = "target"),
    @JsonSubTypes.Type(value = Path.VariancePreserving.class, name = "variance-preserving")
  })
  public sealed interface Path {

    /**
     * Returns where it is.
     *
     * @param t from 0 at the source to 1 at the data
     */
    Point at(double t);

    /**
     * Straight from row to row (Liu, Gong and Liu 2023; Tong et al. 2024, I-CFM).
     *
     * @param sigma deviation of normal noise around the line, in the units of the rows as the flow
     *     has them; 0 for none. With noise the flow ends at the data blurred by it
     */
    record Straight(double sigma) implements Path {
      /**
       * Checks the deviation.
       *
       * @throws FjordException INVALID_CONFIGURATION if it is negative or not finite
       */
      public Straight {
        requireDeviation(sigma, Double.POSITIVE_INFINITY);
      }

      @Override
      public Point at(double t) {
        return new Point(1 - t, t, sigma, -1, 1);
      }
    }

    /**
     * Lipman et al.'s conditional optimal transport path (2023, equation 22): {@code (1 - (1 -
     * sigma) t) x0 + t x1}. From a standard normal it ends at the data blurred by sigma.
     *
     * @param sigma factor of the source's row at the data, from 0 and below 1
     */
    record Target(double sigma) implements Path {
      /**
       * Checks the factor.
       *
       * @throws FjordException INVALID_CONFIGURATION if it is not from 0 to below 1
       */
      public Target {
        requireDeviation(sigma, 1);
      }

      @Override
      public Point at(double t) {
        return new Point(1 - (1 - sigma) * t, t, 0, sigma - 1, 1);
      }
    }

    /**
     * Along a quarter of a circle, {@code cos(pi t / 2) x0 + sin(pi t / 2) x1} (Albergo and
     * Vanden-Eijnden 2023): where both have the variance 1, so has what is in between.
     */
    record VariancePreserving() implements Path {
      @Override
      public Point at(double t) {
        double rate = Math.PI / 2;
        double cosine = Math.cos(rate * t);
        double sine = Math.sin(rate * t);
        return new Point(cosine, sine, 0, -rate * sine, rate * cosine);
      }
    }

    private static void requireDeviation(double sigma, double below) {
      ConfigChecks.require(
          sigma >= 0 && sigma < below,
          "sigma",
          sigma,
          below == 1 ? "at least 0, below 1" : "at least 0, finite");
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

  /** Which row of the source goes to which row of data, within a batch. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Pairing.Independent.class, name = "independent"),
    @JsonSubTypes.Type(value = Pairing.Transport.class, name = "transport"),
    @JsonSubTypes.Type(value = Pairing.Entropic.class, name = "entropic"),
    @JsonSubTypes.Type(value = Pairing.ConditionalTransport.class, name = "conditional-transport")
  })
  public sealed interface Pairing {

    /** Returns whether rows are paired by their places, but not by their contexts. */
    default boolean ignoresContext() {
      return false;
    }

    /** As they are drawn. */
    record Independent() implements Pairing {}

    /**
     * By optimal transport of the batch (Tong et al. 2024; Pooladian et al. 2023): the permutation
     * of the least sum of squared distances, so that no row is left out and none comes twice. Paths
     * cross less, and fields have less to even out. In time about as the square to the cube of the
     * batch.
     */
    record Transport() implements Pairing {
      @Override
      public boolean ignoresContext() {
        return true;
      }
    }

    /**
     * Drawn from the entropic plan of the batch, as of a Schroedinger bridge (Tong et al. 2024,
     * SB-CFM). A row of the source may come more than once.
     *
     * @param regularization weight of the entropy, as a part of the mean squared distance of rows
     *     of both; positive
     */
    record Entropic(double regularization) implements Pairing {
      /**
       * Checks the weight.
       *
       * @throws FjordException INVALID_CONFIGURATION if it is not positive and finite
       */
      public Entropic {
        ConfigChecks.require(
            regularization > 0 && regularization < Double.POSITIVE_INFINITY,
            "regularization",
            regularization,
            "positive, finite");
      }

      @Override
      public boolean ignoresContext() {
        return true;
      }
    }

    /**
     * By optimal transport that knows the contexts (C2OT, Cheng and Schwing 2025): each row of the
     * source takes the context of the row of data that it was drawn beside, and the cost of a pair
     * is the squared distance of its rows plus w times that of its contexts. So the source stays
     * about the same for every context. Without context it is {@link Transport}.
     *
     * @param share part of all pairs of a batch that cost less than the pair that was drawn; w is
     *     found for each batch so that there are as many. The less, the less the context is
     *     ignored; rows of the same context are paired freely at any share
     */
    record ConditionalTransport(double share) implements Pairing {
      /**
       * Checks the share.
       *
       * @throws FjordException INVALID_CONFIGURATION if it is not from 0 to below 1
       */
      public ConditionalTransport {
        ConfigChecks.require(share >= 0 && share < 1, "share", share, "at least 0, below 1");
      }
    }
  }
}
