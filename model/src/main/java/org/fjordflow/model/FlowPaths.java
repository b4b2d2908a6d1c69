package org.fjordflow.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.EndTime;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.train.RandomStreams;
import org.jspecify.annotations.Nullable;

/**
 * The way of rows through the continuous flows of a model, from the base to the data.
 *
 * @param times falling to 0, where the rows are data; the first is the sum of the blocks' end
 *     times, where they are in the base
 * @param states for each time the rows then, in the data's units: {@code states[k][i]} is where row
 *     i is at {@code times[k]}
 */
@SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
public record FlowPaths(double[] times, double[][][] states) {

  /**
   * Follows rows. Each state is solved for on its own, to the model's tolerance.
   *
   * @param flow of standardised rows, without context
   * @param moments the units of data, or null for none
   * @param data standardised rows. Not modified.
   * @param intervals equal intervals of time in each block, at least 1
   * @throws FjordException INVALID_ARGUMENT if there is no interval or the flow is conditional;
   *     SOLVE_FAILED
   */
  static FlowPaths of(Flow flow, @Nullable Moments moments, double[][] data, int intervals) {
    if (intervals < 1 || flow.contextSize() != 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "paths in %d intervals of a model with context size %d; expected at least 1, and 0"
              .formatted(intervals, flow.contextSize()));
    }
    List<Double> times = new ArrayList<>(List.of(0.0));
    List<double[][]> states = new ArrayList<>();
    states.add(data);
    List<Bijection> before = new ArrayList<>();
    double start = 0;
    for (Bijection part : parts(flow.bijection()).toList()) {
      if (part instanceof ContinuousFlow block) {
        double length = length(flow, block);
        for (int k = 1; k <= intervals; k++) {
          double time = length * k / intervals;
          List<Bijection> parts = new ArrayList<>(before);
          parts.add(block.withEndTime(new EndTime.Fixed(time)));
          times.add(start + time);
          states.add(follow(flow, parts, data));
        }
        start += length;
      }
      before.add(part);
    }
    int n = times.size();
    double[] falling = new double[n];
    double[][][] reversed = new double[n][][];
    for (int k = 0; k < n; k++) {
      falling[k] = times.get(n - 1 - k);
      double[][] state = states.get(n - 1 - k);
      reversed[k] = moments == null ? state : moments.restore(state);
    }
    return new FlowPaths(falling, reversed);
  }

  /**
   * Returns the part of a flow between two times, from 0 at the base to 1 at the data: its forward
   * map goes to the earlier one.
   *
   * @param spec of the flow
   * @throws FjordException INVALID_ARGUMENT for other times; UNSUPPORTED for flows of several
   *     blocks, with a context, or of columns that are no real numbers on their own scale
   */
  static Flow between(Flow flow, FlowSpec spec, double from, double to) {
    boolean inside = from >= 0 && from <= 1 && to >= 0 && to <= 1;
    if (!inside) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "from time %s to time %s; expected times from 0 at the base to 1 at the data"
              .formatted(from, to));
    }
    if (!(flow.bijection() instanceof ContinuousFlow block)
        || spec.context() > 0
        || spec.scales() != null) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "times in between are those of one continuous flow of one block, without context, whose columns are real numbers");
    }
    double end = length(flow, block);
    return from == to
        ? flow
        : flow.withBijection(
            block.between(end * (1 - Math.max(from, to)), end * (1 - Math.min(from, to))));
  }

  private static Stream<Bijection> parts(Bijection bijection) {
    return bijection instanceof Composition composition
        ? composition.parts().stream().flatMap(FlowPaths::parts)
        : Stream.of(bijection);
  }

  private static double length(Flow flow, ContinuousFlow block) {
    double[] time = new double[1];
    Tape tape = Tape.evaluating(flow.backend());
    flow.backend().download(block.endTime().on(tape).value(), time, 0);
    return time[0];
  }

  private static double[][] follow(Flow flow, List<Bijection> parts, double[][] data) {
    Flow part = new Flow(flow.base(), new Composition(parts), flow.backend());
    // Positions need no probes; the generator is not used.
    return part.withChunkRows(flow.chunkRows())
        .toBase(data, Context.none(), new RandomStreams(0).generator(RandomStreams.Purpose.PROBES));
  }
}
