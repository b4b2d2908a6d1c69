package org.fjordflow.core.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;

/** The loss of every step, whether its rows are data or drawn by the objective. */
@FunctionalInterface
interface StepLosses {

  /**
   * Gets what a step needs, such as its rows.
   *
   * @param step from 1
   * @return the loss, 1 x 1, to be computed in the step's pass
   */
  Function<Pass, Var> of(long step);

  /** Losses of rows of data. */
  static StepLosses ofData(TrainerConfig config, Objective objective, BatchSource batches) {
    RandomStreams streams = new RandomStreams(config.seed());
    return step -> {
      Batch batch = batches.batch(step, config.batchSize(), streams);
      return pass -> objective.loss(pass, batch);
    };
  }

  /** Losses of what the objective draws. */
  static StepLosses ofSamples(TrainerConfig config, VariationalObjective objective) {
    return step -> pass -> objective.loss(pass, config.batchSize());
  }

  /** Losses whose gradients are computed elsewhere: an operation that has its gradient with it. */
  static StepLosses ofGradients(Parameters parameters, Trainer.StepGradient gradients) {
    double[] flat = new double[parameters.size()];
    return step ->
        pass ->
            pass.initializing()
                ? pass.tape().constant(0)
                : known(pass.tape(), parameters, gradients.of(step, flat), flat);
  }

  private static Var known(Tape tape, Parameters parameters, double loss, double[] flat) {
    Backend backend = parameters.backend();
    List<Var> leaves = new ArrayList<>();
    List<Matrix> gradients = new ArrayList<>();
    for (Parameters.Entry entry : parameters.entries()) {
      Matrix own = entry.parameter().value();
      Matrix gradient = tape.take(/* rows= */ own.rows(), /* cols= */ own.cols());
      backend.upload(flat, entry.offset(), gradient);
      leaves.add(tape.parameter(entry.parameter()));
      gradients.add(gradient);
    }
    Matrix value = tape.take(1, 1);
    backend.upload(new double[] {loss}, 0, value);
    return tape.custom(
            leaves,
            List.of(value),
            (bars, targets) -> {
              double bar = Elements.of(backend, bars.get(0))[0];
              for (int i = 0; i < targets.size(); i++) {
                Matrix target = targets.get(i);
                if (target != null) {
                  backend.add(bar, gradients.get(i), 1, target);
                }
              }
            })
        .get(0);
  }
}
