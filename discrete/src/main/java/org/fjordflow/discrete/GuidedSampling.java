package org.fjordflow.discrete;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.discrete.internal.layers.TarFlowBlock;
import org.fjordflow.discrete.internal.layers.TokenDecoder;
import org.fjordflow.discrete.internal.layers.TokenInverse;
import org.jspecify.annotations.Nullable;

/**
 * Samples of a conditional TarFlow that show their condition more than those of its density do
 * (Zhai et al. 2024, after the guidance of Ho and Salimans 2021): in every block mu and alpha of a
 * token are those of the context plus w times their difference from those of a context of zeros,
 *
 * <pre>
 * mu = mu_c + w_t (mu_c - mu_0)      alpha = alpha_c + w_t (alpha_c - alpha_0)
 * </pre>
 *
 * where w_t grows linearly along the sequence, w t / (tokens - 1), or is w. What is drawn has no
 * known density. Training has to leave contexts out now and then ({@code
 * BatchSource.withContextDropout}).
 *
 * <p>Costs two uses of each block's network for each token.
 *
 * @param flow with {@link TarFlowBlock}s, alone or in compositions; other parts are inverted as
 *     they are
 * @param weight w, at least 0; with 0 samples are those of {@link Flow#sample}
 * @param growing whether weights grow along the sequence
 */
public record GuidedSampling(Flow flow, double weight, boolean growing) {

  /**
   * Checks flow and weight.
   *
   * @throws FjordException INVALID_ARGUMENT for a flow without context or without blocks, or a
   *     weight that is negative or not finite
   */
  public GuidedSampling {
    if (flow.contextSize() == 0 || !hasBlocks(flow.bijection())) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "guidance of a flow with a context of %d; expected a conditional TarFlow"
              .formatted(flow.contextSize()));
    }
    if (!(weight >= 0) || Double.isInfinite(weight)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "guidance of weight " + weight + "; expected a number of at least 0");
    }
  }

  /** Guidance that grows along the sequence. */
  public static GuidedSampling growing(Flow flow, double weight) {
    return new GuidedSampling(flow, weight, true);
  }

  private static boolean hasBlocks(Bijection bijection) {
    return bijection instanceof TarFlowBlock
        || (bijection instanceof Composition composition
            && composition.parts().stream().anyMatch(GuidedSampling::hasBlocks));
  }

  /**
   * Draws samples, one for each context.
   *
   * @param contexts one row a sample. Not modified.
   * @param random source of randomness
   * @return as many rows of data
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for contexts that do not fit
   */
  public double[][] sample(double[][] contexts, RandomGenerator random) {
    int n = contexts.length;
    int size = flow.contextSize();
    double[] given = RowArrays.flatten(contexts, size, "context");
    double[] base = RowArrays.flatten(flow.base().sample(n, random), flow.dim(), "base");
    Backend backend = flow.backend();
    Tape tape = Tape.evaluating(backend);
    double[][] result = new double[n][];
    for (int from = 0; from < n; from += flow.chunkRows()) {
      int to = Math.min(n, from + flow.chunkRows());
      tape.reset();
      Var z = rows(tape, base, from, to, flow.dim());
      Var context = rows(tape, given, from, to, size);
      Pass pass = Pass.evaluation(tape, random).withoutLogDet();
      Var x = inverse(pass, flow.bijection(), z, context);
      System.arraycopy(RowArrays.of(backend, x.value()), 0, result, from, to - from);
    }
    return result;
  }

  private static Var rows(Tape tape, double[] values, int from, int to, int cols) {
    Matrix m = tape.take(to - from, cols);
    tape.backend().upload(values, from * cols, m);
    return tape.constant(m);
  }

  private Var inverse(Pass pass, Bijection bijection, Var z, Var context) {
    if (bijection instanceof Composition composition) {
      Var x = z;
      for (int i = composition.parts().size() - 1; i >= 0; i--) {
        x = inverse(pass, composition.parts().get(i), x, context);
      }
      return x;
    }
    if (weight > 0 && bijection instanceof TarFlowBlock block && block.contextSize() > 0) {
      return guided(pass.tape(), block, z.value(), context.value());
    }
    return bijection.inverse(pass, z, bijection.contextSize() == 0 ? null : context).value();
  }

  private Var guided(Tape tape, TarFlowBlock block, Matrix z, Matrix context) {
    Backend backend = tape.backend();
    Matrix none = tape.take(context.rows(), context.cols());
    backend.fill(0, none);
    Matrix x = tape.take(z.rows(), z.cols());
    Matrix unused = tape.take(z.rows(), 1);
    block.invert(
        z,
        x,
        unused,
        (memory, from, to) ->
            new Mixture(
                block,
                block.decoder(memory, from, to, context),
                block.decoder(memory, from, to, none)));
    return tape.constant(x);
  }

  /** The inverse of tokens with parameters of two contexts. */
  private final class Mixture implements TokenInverse {
    private final TarFlowBlock block;
    private final TokenDecoder conditional;
    private final TokenDecoder free;
    private int token;

    Mixture(TarFlowBlock block, TokenDecoder conditional, TokenDecoder free) {
      this.block = block;
      this.conditional = conditional;
      this.free = free;
    }

    @Override
    public Transformed next(Tape tape, @Nullable Matrix previous, Var z) {
      Backend backend = tape.backend();
      double[] c = Elements.of(backend, conditional.next(tape, previous).value());
      double[] u = Elements.of(backend, free.next(tape, previous).value());
      int last = block.network().tokens() - 1;
      double w = growing ? weight * token / Math.max(1, last) : weight;
      double[] x = Elements.of(backend, z.value());
      for (int e = 0; e < x.length; e++) {
        double mu = c[2 * e] + w * (c[2 * e] - u[2 * e]);
        double alpha = TarFlowBlock.logScale(c[2 * e + 1]);
        double difference = alpha - TarFlowBlock.logScale(u[2 * e + 1]);
        x[e] = x[e] * Math.exp(alpha + w * difference) + mu;
      }
      token++;
      return Transformed.exact(tape.constant(x, z.rows(), z.cols()), null);
    }
  }
}
