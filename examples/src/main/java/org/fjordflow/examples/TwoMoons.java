package org.fjordflow.examples;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.ConsoleProgress;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;

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
    // One seed, and a generator of its own for each purpose.
    RandomStreams random = new RandomStreams(seed);

    // Define: a vector field in two dimensions, integrated to a standard normal distribution.
    RandomGenerator initial = random.generator(Purpose.INITIALIZATION);
    try (ContinuousModel model = ContinuousModel.create(ModelConfig.mlp(2), initial)) {

      // Train by maximum likelihood, on fresh points in every step.
      TrainerConfig config = TrainerConfig.of(steps, 256, seed);
      new Trainer(
              config,
              model.parameters(),
              Objectives.negativeLogLikelihood(model.flow()),
              BatchSource.sampled(ToyDensity.MOONS::sample),
              List.of(new ConsoleProgress(out)))
          .train();

      // Score points that it has not seen.
      RandomGenerator unused = random.generator(Purpose.PROBES); // the trace is exact: no probes
      double[][] test = ToyDensity.MOONS.sample(5000, random.generator(Purpose.TEST));
      double[] logProb = model.flow().logProb(test, Context.none(), unused);
      double nll = -Arrays.stream(logProb).average().orElseThrow();

      // Draw samples, with their log-densities.
      RandomGenerator noise = random.generator(Purpose.SAMPLES);
      return new Result(nll, model.flow().sampleAndLogProb(5, Context.none(), noise));
    }
  }
}
