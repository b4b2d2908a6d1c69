package org.fjordflow.model;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.flow.internal.parts.EmbeddedContext;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.model.BaseConfig;
import org.jspecify.annotations.Nullable;

/**
 * The log-density of a row as a sum over the scales of a flow whose last part sends some columns on
 * ({@link MultiScale}): that of the columns that are done at a scale under the standard normal
 * base, and the log-determinants of the layers of this scale. A flow of another kind has one scale.
 */
final class ScaleParts {

  private final Pass pass;
  private final List<Var> parts = new ArrayList<>();
  private final List<Integer> sizes = new ArrayList<>();
  private @Nullable Var logDet;

  private ScaleParts(Pass pass) {
    this.pass = pass;
  }

  /**
   * What each scale adds.
   *
   * @param sizes how many columns are done at each scale, the one that data come to first
   * @param logProb n x scales, in nats
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Sums(List<Integer> sizes, double[][] logProb) {

    /** The mean over draws of the same rows, at least one. */
    static Sums mean(List<Sums> draws) {
      double[][] first = draws.get(0).logProb;
      double[][] mean = new double[first.length][first[0].length];
      for (Sums draw : draws) {
        for (int i = 0; i < mean.length; i++) {
          for (int k = 0; k < mean[i].length; k++) {
            mean[i][k] += draw.logProb[i][k] / draws.size();
          }
        }
      }
      return new Sums(draws.get(0).sizes, mean);
    }
  }

  static void requireSums(FlowSpec spec) {
    if (!(spec.base() instanceof BaseConfig.Normal)) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "the log-density of this flow is no sum over scales: its base is no standard normal");
    }
  }

  /**
   * Computes the parts.
   *
   * @param flow from a standard normal
   * @param rows n x dim, standardised, at least one. Not modified.
   * @param context of these rows, as the flow takes it
   * @param random of probes, where log-determinants are estimated
   */
  static Sums of(Flow flow, double[][] rows, Context context, RandomGenerator random) {
    double[][] logProb = new double[rows.length][];
    List<Integer> sizes = List.of();
    Tape tape = Tape.evaluating(flow.backend());
    for (int from = 0; from < rows.length; from += flow.chunkRows()) {
      int to = Math.min(rows.length, from + flow.chunkRows());
      tape.reset();
      ScaleParts found = new ScaleParts(Pass.evaluation(tape, random));
      double[] values = RowArrays.flatten(rows, from, to, flow.dim(), "data");
      Var x = tape.constant(values, to - from, flow.dim());
      found.last(flow.bijection(), x, context.on(tape, from, to, flow.contextSize()));
      Var all = tape.concat(found.parts.toArray(Var[]::new));
      System.arraycopy(RowArrays.of(flow.backend(), all.value()), 0, logProb, from, to - from);
      sizes = found.sizes;
    }
    return new Sums(sizes, logProb);
  }

  /** Goes through the last part of a flow, which is all of it at first. */
  private void last(Bijection part, Var x, @Nullable Var context) {
    if (part instanceof EmbeddedContext embedded && context != null) {
      last(embedded.inner(), x, embedded.network().apply(pass.tape(), context));
    } else if (part instanceof Composition composition) {
      List<Bijection> all = composition.parts();
      Var value = x;
      for (Bijection one : all.subList(0, all.size() - 1)) {
        value = through(one, value, context);
      }
      last(all.get(all.size() - 1), value, context);
    } else if (part instanceof MultiScale scales) {
      end(scales.done(pass.tape(), x));
      last(scales.rest(), scales.onward(pass.tape(), x), context);
    } else {
      end(through(part, x, context));
    }
  }

  private Var through(Bijection part, Var x, @Nullable Var context) {
    Transformed image = part.forward(pass, x, part.contextSize() == 0 ? null : context);
    Estimate own = image.logDet();
    if (own != null) {
      logDet = logDet == null ? own.value() : pass.tape().add(logDet, own.value());
    }
    return image.value();
  }

  /** Ends a scale with the columns that are done. */
  private void end(Var done) {
    Var base = DiagonalNormal.standard(done.cols()).logProb(pass.tape(), done);
    parts.add(logDet == null ? base : pass.tape().add(base, logDet));
    sizes.add(done.cols());
    logDet = null;
  }
}
