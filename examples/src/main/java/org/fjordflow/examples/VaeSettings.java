package org.fjordflow.examples;

import java.util.List;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adamax;
import org.fjordflow.inference.amortised.NetworkConfig;
import org.fjordflow.inference.amortised.VaeConfig;

/**
 * What a training of {@link VaeImages} depends on.
 *
 * @param set the images
 * @param posterior its flow
 * @param latent columns
 * @param hidden width of the two gated layers of encoder and decoder, and of the features
 * @param steps in all; the learning rate falls over them
 * @param batch images a step
 * @param rate the largest
 * @param noise deviation of what is added to the images that the encoder sees in training
 * @param warmUp steps until beta is 1
 * @param interval steps between validations
 * @param seed of everything random
 */
record VaeSettings(
    VaeSet set,
    VaePosterior posterior,
    int latent,
    int hidden,
    long steps,
    int batch,
    double rate,
    double noise,
    long warmUp,
    long interval,
    long seed) {

  private static final double LAST_RATE = 0.05;

  VaeConfig config(int columns) {
    NetworkConfig network = new NetworkConfig.GatedLayers(List.of(hidden, hidden));
    return new VaeConfig(
        columns, latent, hidden, network, network, set.likelihood(), posterior.flow());
  }

  TrainerConfig training() {
    return TrainerConfig.of(steps, batch, seed)
        .withOptimizer(Adamax.of(rate))
        .withSchedule(new Schedule.Cosine(Math.max(1, steps), LAST_RATE))
        .withValidation(interval, 0);
  }
}
