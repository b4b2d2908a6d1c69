package org.fjordflow.cli.solvers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.FlowTraining;

/** Makes the flows that are solved. */
public final class FlowSource {
  private static final int STEPS = 200;
  private static final int BATCH = 256;
  private static final double LEARNING_RATE = 5e-3;

  private FlowSource() {}

  /**
   * Trains FFJORD's flow for two dimensions on moons for some seconds, and saves it.
   *
   * @param folder where to save it
   * @param seed of the training
   * @param threads how many threads compute
   */
  public static void train(Path folder, long seed, int threads) {
    RandomStreams streams = new RandomStreams(seed);
    FlowSpec spec = FlowSpec.of(ModelConfig.ffjord(2));
    try (FlowModel model =
        FlowModel.create(spec, streams.generator(Purpose.INITIALIZATION), threads)) {
      TrainingResult trained =
          model
              .training(
                  TrainerConfig.of(STEPS, BATCH, seed).withOptimizer(Adam.of(LEARNING_RATE)),
                  BatchSource.sampled(ToyDensity.MOONS::sample),
                  null,
                  List.of())
              .run();
      model.save(folder, Map.of("result", FlowTraining.summary(trained)));
    }
  }

  /**
   * Loads a flow in float64, whatever it was trained in.
   *
   * @param folder a folder that {@code fjord train} wrote
   * @param threads how many threads compute
   * @return the model; the caller closes it
   */
  public static FlowModel load(Path folder, int threads) {
    return FlowModel.load(folder, spec -> spec.withDtype("float64"), threads);
  }

  /** Draws rows from a model. */
  public static double[][] sample(FlowModel model, int rows, long seed) {
    return model.sample(rows, seed).rows();
  }
}
