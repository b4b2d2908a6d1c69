package org.fjordflow.inference.amortised;

import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.internal.LogSum;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Validation;
import org.fjordflow.inference.amortised.NetworkConfig.Network;

/**
 * A variational autoencoder whose posterior is a flow from the encoder's normal (Rezende and
 * Mohamed 2015, section 4). Of each row x the encoder makes features h, mean and deviation of a
 * normal z0, and the parameters of a map f of z0 to z; the decoder makes the distribution of x
 * given z. What is trained is the evidence lower bound of each row
 *
 * <pre>
 * log p(x | z) - beta (log q0(z0 | x) - log |det df/dz0| - log p(z))
 * </pre>
 *
 * with one draw of z, a standard normal p(z), and a beta that may grow to 1.
 *
 * <p>It is trained by {@link org.fjordflow.core.train.Trainer}. Evaluations work on a tape of their
 * own and may run on any threads, as long as none changes parameters.
 */
public final class Vae {

  /** Deviations of the encoder's normals are between exp of minus and plus this. */
  private static final double MOST_LOG_DEVIATION = 5;

  private static final double HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

  /** Rows that are evaluated together. */
  private static final int CHUNK = 100;

  private final VaeConfig config;
  private final Backend backend;
  private final Network encoder;
  private final Dense mean;
  private final Dense logDeviation;
  private final PosteriorFlow.Map posterior;
  private final Network decoder;
  private final LikelihoodTerms likelihood;
  private final DiagonalNormal prior;

  private Vae(VaeConfig config, Parameters parameters, RandomGenerator random) {
    this.config = config;
    this.backend = parameters.backend();
    int features = config.features();
    int latent = config.latent();
    encoder = config.encoder().create(parameters, "encoder", config.columns(), features, random);
    mean = Dense.create(parameters, "mean", features, latent, random);
    logDeviation = Dense.create(parameters, "log_deviation", features, latent, random);
    likelihood = LikelihoodTerms.of(config.likelihood(), parameters, config.columns(), random);
    decoder = config.decoder().create(parameters, "decoder", latent, likelihood.outputs(), random);
    // Last: the same seed gives the other parts the same values with every posterior.
    posterior = config.posterior().create(parameters, latent, features, random);
    prior = DiagonalNormal.standard(latent);
  }

  /**
   * Creates an untrained autoencoder.
   *
   * @param config what it is made of
   * @param parameters where its parameters are added; their backend is used. Modified.
   * @param random source of the initial values
   * @throws FjordException INVALID_CONFIGURATION for sizes that do not go together
   */
  public static Vae create(VaeConfig config, Parameters parameters, RandomGenerator random) {
    return new Vae(config, parameters, random);
  }

  /** Returns what this is made of. */
  public VaeConfig config() {
    return config;
  }

  /**
   * The terms of the bound.
   *
   * @param reconstruction log p(x | z), n x 1
   * @param divergence log q(z | x) - log p(z), n x 1
   */
  private record Terms(Var reconstruction, Var divergence) {}

  private double[] inputs(double[] x) {
    double[] seen = new double[x.length];
    Arrays.setAll(seen, e -> likelihood.input(x[e]));
    return seen;
  }

  private Var features(Tape tape, double[] seen) {
    int columns = config.columns();
    return encoder.apply(tape, tape.constant(seen, seen.length / columns, columns));
  }

  /**
   * A draw of the posterior.
   *
   * @param z n x latent
   * @param logProb log q(z | x), n x 1
   */
  private record Draw(Var z, Var logProb) {}

  private Draw draw(Pass pass, Var features) {
    Tape tape = pass.tape();
    int n = features.rows();
    Var centre = mean.apply(tape, features, Elementwise.IDENTITY);
    Var log =
        tape.affine(
            MOST_LOG_DEVIATION,
            tape.apply(
                Elementwise.TANH,
                tape.affine(
                    1 / MOST_LOG_DEVIATION,
                    logDeviation.apply(tape, features, Elementwise.IDENTITY),
                    0)),
            0);
    double[] noise = new double[n * config.latent()];
    double[] logs = new double[n];
    for (int e = 0; e < noise.length; e++) {
      noise[e] = pass.random().nextGaussian();
      logs[e / config.latent()] -= 0.5 * noise[e] * noise[e] + HALF_LOG_TWO_PI;
    }
    Var e = tape.constant(noise, n, config.latent());
    Var z0 = tape.add(centre, tape.multiply(tape.apply(Elementwise.EXP, log), e));
    Var logProb = tape.subtract(tape.constant(logs, n, 1), tape.rowSum(log));
    Transformed z = posterior.apply(pass, z0, features);
    Var logDet = Objects.requireNonNull(z.logDet()).value();
    return new Draw(z.value(), tape.subtract(logProb, logDet));
  }

  /** The bound's terms of rows that the encoder sees with noise of a deviation. */
  private Terms terms(Pass pass, double[] x, double noise) {
    Tape tape = pass.tape();
    double[] seen = inputs(x);
    if (noise > 0) {
      for (int e = 0; e < seen.length; e++) {
        seen[e] += noise * pass.random().nextGaussian();
      }
    }
    Draw draw = draw(pass, features(tape, seen));
    Var outputs = decoder.apply(tape, draw.z());
    return new Terms(
        likelihood.logProb(tape, outputs, x),
        tape.subtract(draw.logProb(), prior.logProb(tape, draw.z())));
  }

  private double[] flatten(double[][] rows) {
    double[] x = RowArrays.flatten(rows, config.columns(), "data");
    likelihood.requirePossible(rows, config.columns());
    return x;
  }

  /**
   * Minus the bound, the mean over rows, in nats. A batch's context, if there is one, is a column
   * with the beta of each row, as {@link #warmedUp} gives it; without, beta is 1.
   */
  public Objective negativeElbo() {
    return negativeElbo(0);
  }

  /**
   * Minus the bound, as {@link #negativeElbo()}, where the encoder sees rows with normal noise and
   * the likelihood is of the rows as they are (Im et al. 2017, "Denoising criterion for variational
   * auto-encoding framework"; Shu et al. 2018, "Amortized inference regularization"). It keeps an
   * encoder from learning few rows by heart, all the more one that chooses the weights of a flow.
   * Bounds of other rows are evaluated without.
   *
   * @param noise deviation of the noise, in the units that the encoder sees, which are from -1 to 1
   *     for pixels; 0 for none
   * @throws FjordException INVALID_ARGUMENT for one that is negative or not finite
   */
  public Objective negativeElbo(double noise) {
    if (!(noise >= 0) || Double.isInfinite(noise)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "noise of " + noise + "; expected 0 or more");
    }
    return (pass, batch) -> {
      Tape tape = pass.tape();
      Terms terms = terms(pass, flatten(batch.rows()), noise);
      Var divergence = terms.divergence();
      double[][] betas = batch.context();
      if (betas != null) {
        Var beta = tape.constant(RowArrays.flatten(betas, 1, "betas"), betas.length, 1);
        divergence = tape.multiply(divergence, beta);
      }
      Var loss = tape.mean(tape.subtract(divergence, terms.reconstruction()));
      Var penalty = pass.penalties().sum();
      return penalty == null ? loss : tape.add(loss, tape.mean(penalty));
    };
  }

  /**
   * Batches with the beta of their step: it grows linearly to 1 (Bowman et al. 2016; Sønderby et
   * al. 2016).
   *
   * @param source of the rows
   * @param steps until beta is 1, at least 1
   * @throws FjordException INVALID_ARGUMENT for less
   */
  public static BatchSource warmedUp(BatchSource source, long steps) {
    if (steps < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, steps + " steps of warm-up; expected at least 1");
    }
    return (step, size, streams) -> {
      double[][] rows = source.batch(step, size, streams).rows();
      double[][] betas = new double[rows.length][];
      Arrays.setAll(betas, i -> new double[] {Math.min(1, (double) step / steps)});
      return new Batch(rows, betas);
    };
  }

  /**
   * Minus the mean bound of rows, with one draw each, always the same.
   *
   * @param rows held. Not modified.
   */
  public Validation validation(double[][] rows) {
    return random -> -Arrays.stream(elbo(rows, 1, random)).average().orElseThrow();
  }

  /**
   * The bound of each row, with beta 1.
   *
   * @param rows of data. Not modified.
   * @param draws of each, at least 1, whose mean it is
   * @param random source of draws
   * @return one number a row, in nats
   * @throws FjordException INVALID_ARGUMENT for values that the likelihood does not know;
   *     SHAPE_MISMATCH for rows of another length
   */
  public double[] elbo(double[][] rows, int draws, RandomGenerator random) {
    double[][] weights = logWeights(rows, draws, random);
    return Arrays.stream(weights)
        .mapToDouble(row -> Arrays.stream(row).average().orElseThrow())
        .toArray();
  }

  /**
   * Log-evidence of each row by importance sampling from the posterior (Burda et al. 2016, equation
   * 8): a lower bound on average, which grows with the draws and converges.
   *
   * @param rows of data. Not modified.
   * @param draws of each, at least 1
   * @param random source of draws
   * @return log p(x) of each row, in nats
   * @throws FjordException as {@link #elbo}
   */
  public double[] logEvidence(double[][] rows, int draws, RandomGenerator random) {
    double[][] weights = logWeights(rows, draws, random);
    return Arrays.stream(weights)
        .mapToDouble(
            row -> {
              LogSum sum = new LogSum();
              Arrays.stream(row).forEach(sum::add);
              return sum.value() - Math.log(row.length);
            })
        .toArray();
  }

  /**
   * Logarithms of p(x, z) / q(z | x) of draws: their mean is the bound, the logarithm of the mean
   * of their exponentials the log-evidence.
   *
   * @param rows of data. Not modified.
   * @param draws of each, at least 1
   * @param random source of draws
   * @return for each row one number a draw, in nats
   * @throws FjordException as {@link #elbo}
   */
  public double[][] logWeights(double[][] rows, int draws, RandomGenerator random) {
    if (draws < 1) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, draws + " draws; expected at least 1");
    }
    double[][] weights = new double[rows.length][draws];
    Tape tape = Tape.evaluating(backend);
    for (int from = 0; from < rows.length; from += CHUNK) {
      int to = Math.min(rows.length, from + CHUNK);
      double[] x = flatten(Arrays.copyOfRange(rows, from, to));
      for (int k = 0; k < draws; k++) {
        tape.reset();
        Terms terms = terms(Pass.evaluation(tape, random), x, 0);
        Var weight = tape.subtract(terms.reconstruction(), terms.divergence());
        double[] column = Elements.of(backend, weight.value());
        for (int i = from; i < to; i++) {
          weights[i][k] = column[i - from];
        }
      }
    }
    return weights;
  }

  /**
   * Draws of the posterior.
   *
   * @param rows of data. Not modified.
   * @param random source of draws
   * @return one row of latent columns for each
   * @throws FjordException as {@link #elbo}
   */
  public double[][] encode(double[][] rows, RandomGenerator random) {
    return inChunks(
        rows,
        (tape, part) ->
            RowArrays.of(
                backend,
                draw(Pass.evaluation(tape, random), features(tape, inputs(flatten(part))))
                    .z()
                    .value()));
  }

  /** What is made of some rows. */
  @FunctionalInterface
  private interface Chunk {
    double[][] of(Tape tape, double[][] rows);
  }

  private double[][] inChunks(double[][] rows, Chunk chunk) {
    double[][] results = new double[rows.length][];
    Tape tape = Tape.evaluating(backend);
    for (int from = 0; from < rows.length; from += CHUNK) {
      int to = Math.min(rows.length, from + CHUNK);
      tape.reset();
      double[][] made = chunk.of(tape, Arrays.copyOfRange(rows, from, to));
      System.arraycopy(made, 0, results, from, to - from);
    }
    return results;
  }

  /**
   * Means of the columns given latent ones.
   *
   * @param latent rows. Not modified.
   * @return one row of data for each
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not fit
   */
  public double[][] decode(double[][] latent) {
    return inChunks(latent, (tape, part) -> rows(likelihood.mean(tape, outputs(tape, part))));
  }

  /**
   * Draws of the model: latent columns from the prior, and columns given these.
   *
   * @param n how many
   * @param random source of draws
   * @return n rows of data
   */
  public double[][] sample(int n, RandomGenerator random) {
    return inChunks(
        prior.sample(n, random),
        (tape, part) -> rows(likelihood.sample(tape, outputs(tape, part), random)));
  }

  private Var outputs(Tape tape, double[][] latent) {
    double[] z = RowArrays.flatten(latent, config.latent(), "latent rows");
    return decoder.apply(tape, tape.constant(z, latent.length, config.latent()));
  }

  private double[][] rows(double[] values) {
    int columns = config.columns();
    double[][] rows = new double[values.length / columns][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(values, i * columns, (i + 1) * columns));
    return rows;
  }

  /**
   * Rows on the straight line between two, ends included.
   *
   * @param from such as a row of {@link #encode}. Not modified.
   * @param to as long. Not modified.
   * @param count how many, at least 2
   * @throws FjordException INVALID_ARGUMENT for less; SHAPE_MISMATCH for rows of other lengths
   */
  public static double[][] interpolate(double[] from, double[] to, int count) {
    if (count < 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, count + " points of a line; expected at least 2");
    }
    if (from.length != to.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a line from %d numbers to %d".formatted(from.length, to.length));
    }
    double[][] line = new double[count][from.length];
    for (int i = 0; i < count; i++) {
      double part = (double) i / (count - 1);
      for (int j = 0; j < from.length; j++) {
        line[i][j] = (1 - part) * from[j] + part * to[j];
      }
    }
    return line;
  }
}
