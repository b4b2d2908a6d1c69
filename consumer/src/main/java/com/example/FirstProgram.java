package com.example;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.discrete.DiscreteConfig;
import org.fjordflow.discrete.DiscreteModel;
import org.fjordflow.discrete.Flows;

/** Fits a flow to two moons, saves it, loads it and scores rows. */
public final class FirstProgram {
  private FirstProgram() {}

  /** What the model said before it was saved, and what it said when it was loaded. */
  public record Scores(double[] fitted, double[] loaded) {}

  /**
   * Fits, saves, loads and scores.
   *
   * @param folder where the model is saved
   */
  public static Scores run(Path folder, long seed) {
    RandomStreams random = new RandomStreams(seed);
    double[][] rows = ToyDensity.MOONS.sample(200, random.generator(Purpose.SAMPLES));
    DiscreteConfig config = DiscreteConfig.of(Flows.realNvp(2, 4, 32));
    RandomGenerator initial = random.generator(Purpose.INITIALIZATION);
    double[] fitted;
    try (DiscreteModel model = DiscreteModel.create(config, initial, 2)) {
      new Trainer(
              TrainerConfig.of(100, 128, seed),
              model.parameters(),
              Objectives.negativeLogLikelihood(model.flow()),
              BatchSource.sampled(ToyDensity.MOONS::sample),
              List.of())
          .train();
      fitted = model.flow().logProb(rows, Context.none(), random.generator(Purpose.PROBES));
      ModelFolder.save(folder, model, Map.of());
    }
    try (DiscreteModel model = DiscreteModel.load(folder)) {
      return new Scores(
          fitted, model.flow().logProb(rows, Context.none(), random.generator(Purpose.PROBES)));
    }
  }
}
