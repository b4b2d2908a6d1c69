package org.fjordflow.inference.simulation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A prior where a posterior has its mass: draws of the prior whose log-density under the posterior
 * is above that of all but a share of 1e-3 of the posterior's own draws (Deistler, Goncalves and
 * Macke 2022, section 4, with 1e-4). A posterior learned from its draws is that of the whole prior,
 * but for this share.
 */
final class TruncatedPrior implements Prior.Sampler {

  /** Of the posterior's mass that is left out. */
  private static final double LEFT_OUT = 1e-3;

  private static final int DRAWS = 10_000;
  private static final int BATCH = 4_096;

  /** Of the prior's draws, after which none is to be expected. */
  private static final int MOST_TRIED = 2_000_000;

  private final Prior prior;
  private final Posterior posterior;
  private final double threshold;
  private final Deque<double[]> accepted = new ArrayDeque<>();
  private long tried;
  private long kept;

  TruncatedPrior(Prior prior, Posterior posterior, long seed) {
    this.prior = prior;
    this.posterior = posterior;
    double[] own = posterior.logProb(posterior.sample(DRAWS, seed).rows());
    Arrays.sort(own);
    this.threshold = own[(int) (LEFT_OUT * DRAWS)];
  }

  /** Returns the share of the prior that is drawn from, as far as it is known. */
  double share() {
    return tried == 0 ? 1 : (double) kept / tried;
  }

  @Override
  public double[] sample(RandomGenerator random) {
    long begun = tried;
    while (accepted.isEmpty()) {
      if (tried - begun >= MOST_TRIED) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "none of %d draws of the prior is where the posterior of the earlier rounds is; take fewer rounds, or a narrower prior"
                .formatted(tried - begun));
      }
      draw(random);
    }
    return Objects.requireNonNull(accepted.poll());
  }

  private void draw(RandomGenerator random) {
    double[][] drawn = new double[BATCH][];
    Arrays.setAll(drawn, i -> prior.sample(random));
    int[] within = within(drawn);
    Arrays.stream(within).forEach(i -> accepted.add(drawn[i]));
    kept += within.length;
    tried += BATCH;
  }

  /** Returns which of some parameters are where it draws from. */
  int[] within(double[][] parameters) {
    double[] logProb = posterior.logProb(parameters);
    return IntStream.range(0, logProb.length).filter(i -> logProb[i] > threshold).toArray();
  }
}
