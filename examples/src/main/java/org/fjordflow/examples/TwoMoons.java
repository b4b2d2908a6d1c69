package org.fjordflow.examples;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.ConsoleProgress;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;

/**
 * Learns the density of two moons, scores fresh points with it and draws new ones. The optional
 * argument is the number of training steps.
 */
public final class TwoMoons {

  private TwoMoons() {}

  /** Runs the example. */
  public static void main(String[] args) {
    long steps = args.length > 0 ? Long.parseLong(args[0]) : 500;
    Result result = run(steps, 1, System.out);
    System.out.printf("test negative log-likelihood: %.3f nats%n", result.testNll());
    for (int i = 0; i < result.samples().rows().length; i++) {
      String point = Arrays.toString(result.samples().rows()[i]);
      System.out.printf("sample %s, log-density %.3f%n", point, result.samples().logProb()[i]);
    }
  }

  record Result(double testNll, Sample samples) {}

  static Result run(long steps, long seed, PrintStream out) {
    // Define: a vector field in two dimensions, integrated to a standard normal distribution.
    FlowSpec spec = FlowSpec.of(ModelConfig.mlp(2));
    try (FlowModel model = FlowModel.create(spec, seed)) {

      // Train by maximum likelihood, on fresh points in every step.
      BatchSource moons = BatchSource.sampled(ToyDensity.MOONS::sample);
      TrainerConfig config = TrainerConfig.of(steps, 256, seed);
      TrainingResult training =
          model.training(config, moons, null, List.of(new ConsoleProgress(out))).run();
      out.printf("%d steps in %.0f s%n", training.steps(), training.seconds());

      // Score points that it has not seen.
      double[][] test =
          ToyDensity.MOONS.sample(5000, new RandomStreams(seed).generator(Purpose.TEST));
      double nll = -Arrays.stream(model.logProb(test)).average().orElseThrow();

      // Draw samples, with their log-densities.
      return new Result(nll, model.sampleAndLogProb(5, Context.none(), seed));
    }
  }
}
