package org.fjordflow.core.train;

import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;

/** Models whose optimum is known. */
final class TinyModels {

  private TinyModels() {}

  /** Parameters {@code theta}, 1 x 3, of a bowl. */
  static Parameters bowlParameters(Backend backend) {
    Parameters parameters = new Parameters(backend);
    Parameter unused = parameters.add("theta", new double[] {3, -2, 0.5}, 3);
    return parameters;
  }

  /** Mean squared distance of the batch's rows from theta; its minimum is the rows' mean. */
  static Objective bowl(Parameters parameters) {
    Parameter theta = parameters.entries().get(0).parameter();
    return (pass, batch) -> {
      Tape tape = pass.tape();
      double[] flat = RowArrays.flatten(batch.rows(), 3, "batch");
      Var x = tape.constant(flat, batch.size(), 3);
      Var distance = tape.subtract(x, tape.parameter(theta));
      return tape.mean(tape.rowSum(tape.apply(Elementwise.SQUARE, distance)));
    };
  }

  /** Normal rows around (1, 2, 3). */
  static BatchSource noisy(double deviation) {
    return BatchSource.sampled(
        (n, random) -> {
          double[][] rows = new double[n][3];
          for (double[] row : rows) {
            for (int j = 0; j < row.length; j++) {
              row[j] = j + 1 + deviation * random.nextGaussian();
            }
          }
          return rows;
        });
  }
}
