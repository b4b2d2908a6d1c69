package org.fjordflow.examples;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * The density of y given x, where a regression would fail: y is near +x or near -x, with equal
 * chances. The optional argument is the number of training steps.
 */
public final class ConditionalFlow {

  private static final double NOISE = 0.2;

  private ConditionalFlow() {}

  /** Runs the example. */
  public static void main(String[] args) {
    long steps = args.length > 0 ? Long.parseLong(args[0]) : 600;
    Result result = run(steps, 1);
    System.out.printf("mean log-density of y given x: %.3f%n", result.logProb());
    System.out.printf("the true one:                  %.3f%n", result.trueLogProb());
    System.out.println("ten draws of y given x = 1:    " + Arrays.toString(result.drawsAtOne()));
  }

  @SuppressWarnings("ArrayRecordComponent") // printed, not compared
  record Result(long steps, double logProb, double trueLogProb, double[] drawsAtOne) {}

  static Result run(long steps, long seed) {
    RandomStreams random = new RandomStreams(seed);
    try (FlowModel model = FlowModel.create(FlowSpec.of(config()), seed)) {
      BatchSource pairs =
          (step, size, streams) -> draw(size, streams.generator(Purpose.DATA, step));
      TrainingResult training =
          model.training(TrainerConfig.of(steps, 256, seed), pairs, null, List.of()).run();

      Batch test = draw(4000, random.generator(Purpose.TEST));
      double[][] x = context(test);
      double[] logProb = model.logProb(test.rows(), Context.of(x));
      double truth = 0;
      for (int i = 0; i < x.length; i++) {
        truth += trueLogProb(test.rows()[i][0], x[i][0]) / x.length;
      }
      double[][] draws = model.sample(10, Context.shared(new double[] {1}), seed).rows();
      return new Result(
          training.steps(),
          Arrays.stream(logProb).average().orElseThrow(),
          truth,
          Arrays.stream(draws).mapToDouble(row -> row[0]).toArray());
    }
  }

  /** One dimension of data, one of context; a small network to which time and x are inputs. */
  private static ModelConfig config() {
    SolverConfig solver = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-4, 1e-4);
    return ModelConfig.builder(1)
        .context(1)
        .hidden(32, 32)
        .activation("tanh")
        .solve(SolveSettings.exact().withSolver(solver))
        .build();
  }

  /** Rows y with contexts x, uniform on (-2, 2). */
  private static Batch draw(int n, RandomGenerator random) {
    double[][] x = new double[n][1];
    double[][] y = new double[n][1];
    for (int i = 0; i < n; i++) {
      x[i][0] = random.nextDouble(-2, 2);
      y[i][0] = (random.nextBoolean() ? 1 : -1) * x[i][0] + NOISE * random.nextGaussian();
    }
    return new Batch(y, x);
  }

  private static double[][] context(Batch batch) {
    double[][] context = batch.context();
    if (context == null) {
      throw new IllegalStateException("pairs come with their x");
    }
    return context;
  }

  private static double trueLogProb(double y, double x) {
    return Math.log(0.5 * (normal(y - x) + normal(y + x)));
  }

  private static double normal(double difference) {
    double u = difference / NOISE;
    return Math.exp(-0.5 * u * u) / (NOISE * Math.sqrt(2 * Math.PI));
  }
}
