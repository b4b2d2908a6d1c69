package org.fjordflow.cnf.internal;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousFlow;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.EndTime;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.train.RandomStreams;

/**
 * The way of rows through a continuous model, from the base to the data.
 *
 * @param times falling to 0, where the rows are data; the first is the sum of the blocks' end
 *     times, where they are in the base
 * @param states for each time the rows then, in the data's units: {@code states[k][i]} is where row
 *     i is at {@code times[k]}
 */
@SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
public record FlowPaths(double[] times, double[][][] states) {

  /**
   * Follows rows of an unconditional model. Each state is solved for on its own, to the model's
   * tolerance.
   *
   * @param model the model
   * @param data rows of data, such as samples. Not modified.
   * @param intervals equal intervals of time in each block, at least 1
   * @throws FjordException INVALID_ARGUMENT if there is no interval or the model is conditional;
   *     SOLVE_FAILED
   */
  public static FlowPaths of(ContinuousModel model, double[][] data, int intervals) {
    if (intervals < 1 || model.config().context() != 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "paths in %d intervals of a model with context size %d; expected at least 1, and 0"
              .formatted(intervals, model.config().context()));
    }
    List<Double> times = new ArrayList<>(List.of(0.0));
    List<double[][]> states = new ArrayList<>();
    states.add(data);
    List<Bijection> before = new ArrayList<>();
    double start = 0;
    for (Bijection part : model.parts()) {
      if (part instanceof ContinuousFlow block) {
        double length = length(model, block);
        for (int k = 1; k <= intervals; k++) {
          double time = length * k / intervals;
          List<Bijection> parts = new ArrayList<>(before);
          parts.add(block.withEndTime(new EndTime.Fixed(time)));
          times.add(start + time);
          states.add(inDataUnits(model, follow(model, parts, data)));
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
      reversed[k] = states.get(n - 1 - k);
    }
    return new FlowPaths(falling, reversed);
  }

  private static double length(ContinuousModel model, ContinuousFlow block) {
    double[] time = new double[1];
    Tape tape = Tape.evaluating(model.flow().backend());
    model.flow().backend().download(block.endTime().on(tape).value(), time, 0);
    return time[0];
  }

  private static double[][] follow(ContinuousModel model, List<Bijection> parts, double[][] data) {
    Flow flow = new Flow(model.flow().base(), new Composition(parts), model.flow().backend());
    // Positions need no probes; the generator is not used.
    return flow.withChunkRows(model.flow().chunkRows())
        .toBase(data, Context.none(), new RandomStreams(0).generator(RandomStreams.Purpose.PROBES));
  }

  private static double[][] inDataUnits(ContinuousModel model, double[][] rows) {
    if (model.parts().get(0) instanceof Standardization units) {
      double[] mean = units.mean();
      double[] deviation = units.deviation();
      for (double[] row : rows) {
        for (int j = 0; j < row.length; j++) {
          row[j] = mean[j] + deviation[j] * row[j];
        }
      }
    }
    return rows;
  }
}
