package org.fjordflow.bench;

import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.ode.DiscreteAdjoint;

/** The part of a training step that costs time: the loss of a batch and its gradient. */
public final class GradientStep implements AutoCloseable {

  private static final RandomStreams RANDOM = new RandomStreams(1);

  private final BuiltModel<ModelConfig> model;
  private final Tape tape;
  private final Batch batch;
  private final Objective objective;
  private double loss;

  /**
   * Creates a model with initial parameters and a batch of standard normal rows.
   *
   * @param config the model
   * @param rows rows of the batch
   */
  GradientStep(ModelConfig config, int rows) {
    this(config.create(RANDOM.generator(Purpose.INITIALIZATION)), normalRows(rows, config.dim()));
  }

  /**
   * Creates a model with initial parameters, whose gradients keep stages within a budget, and a
   * batch of standard normal rows.
   *
   * @param config the model
   * @param rows rows of the batch
   * @param budget bytes that kept stages may hold
   */
  GradientStep(ModelConfig config, int rows, long budget) {
    this(
        config
            .withSolve(config.solve().withAdjoint(new DiscreteAdjoint(budget)))
            .create(RANDOM.generator(Purpose.INITIALIZATION)),
        normalRows(rows, config.dim()));
  }

  /**
   * Creates a model with initial parameters on a backend, and a batch of standard normal rows.
   *
   * @param config the model
   * @param rows rows of the batch
   * @param backend closed with this
   */
  GradientStep(ModelConfig config, int rows, Backend backend) {
    this(
        config.create(backend, RANDOM.generator(Purpose.INITIALIZATION)),
        normalRows(rows, config.dim()));
  }

  /**
   * Takes a model and a batch.
   *
   * @param model closed with this. Its gradient is modified by every step.
   * @param rows of the batch; held. Not modified.
   */
  public GradientStep(BuiltModel<ModelConfig> model, double[][] rows) {
    this.model = model;
    tape = Tape.recording(model.flow().backend());
    batch = Batch.of(rows);
    objective = Objectives.negativeLogLikelihood(model.flow());
  }

  private static double[][] normalRows(int rows, int dim) {
    RandomGenerator random = RANDOM.generator(Purpose.DATA);
    double[][] data = new double[rows][dim];
    for (double[] row : data) {
      for (int j = 0; j < row.length; j++) {
        row[j] = random.nextGaussian();
      }
    }
    return data;
  }

  /** Returns the model, which holds the gradient of the last step. */
  public BuiltModel<ModelConfig> model() {
    return model;
  }

  /** Returns the loss of the last step, in nats a row. */
  public double loss() {
    return loss;
  }

  /** Lets go of what the last step recorded. */
  void forget() {
    tape.reset();
  }

  /** Computes loss and gradient; returns what it cost. */
  public Work run() {
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
    Var out = objective.loss(pass, batch);
    double[] value = new double[1];
    tape.backend().download(out.value(), value, 0);
    loss = value[0];
    between.run();
    tape.backward(out);
    return pass.work();
  }

  @Override
  public void close() {
    model.close();
  }
}
