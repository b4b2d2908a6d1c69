package org.fjordflow.bench;

import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Work;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/** The part of a training step that costs time: the loss of a batch and its gradient. */
final class GradientStep implements AutoCloseable {

  private static final RandomStreams RANDOM = new RandomStreams(1);

  private final ContinuousModel model;
  private final Tape tape;
  private final Batch batch;
  private final Objective objective;

  /**
   * Creates a model with initial parameters and a batch of standard normal rows.
   *
   * @param config the model
   * @param rows rows of the batch
   */
  GradientStep(ModelConfig config, int rows) {
    model = ContinuousModel.create(config, RANDOM.generator(Purpose.INITIALIZATION));
    tape = Tape.recording(model.flow().backend());
    RandomGenerator random = RANDOM.generator(Purpose.DATA);
    double[][] data = new double[rows][config.dim()];
    for (double[] row : data) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextGaussian();
      }
    }
    batch = Batch.of(data);
    objective = Objectives.negativeLogLikelihood(model.flow());
  }

  ContinuousModel model() {
    return model;
  }

  /** Lets go of what the last step recorded. */
  void forget() {
    tape.reset();
  }

  /** Computes loss and gradient; returns what it cost. */
  Work run() {
    return run(() -> {});
  }

  /**
   * Computes loss and gradient.
   *
   * @param between run when the loss is known and the way back has not begun
   * @return what it cost
   */
  Work run(Runnable between) {
    forget();
    model.parameters().zeroGradient();
    Pass pass = Pass.training(tape, RANDOM.generator(Purpose.PROBES));
    Var loss = objective.loss(pass, batch);
    between.run();
    tape.backward(loss);
    return pass.work();
  }

  @Override
  public void close() {
    model.close();
  }
}
