package org.fjordflow.examples;

import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;

/**
 * What a training of an {@link ImageModel} depends on, beside the data.
 *
 * @param model the flow
 * @param logit whether the flow sees logits of pixels (alpha 1e-6), or else pixels on (-0.5, 0.5)
 * @param layers layers of MAF, steps of Glow a level
 * @param levels of Glow
 * @param hidden units of MAF's hidden layers, channels of Glow's
 * @param bound of the log-scales of Glow's coupling layers
 * @param steps steps in all, over which the learning rate falls
 * @param batch images a step
 * @param learningRate the largest
 * @param interval steps between validations
 * @param seed of everything random
 */
record ImageSettings(
    ImageModel model,
    boolean logit,
    int layers,
    int levels,
    int hidden,
    double bound,
    long steps,
    int batch,
    double learningRate,
    long interval,
    long seed) {

  /** The share of the steps in which the learning rate grows. */
  private static final double WARM_UP = 0.05;

  private static final double LAST_RATE = 0.01;

  /** Of gradients of bits per dimension. */
  private static final double CLIP_NORM = 1;

  Dequantization dequantization() {
    return logit ? Dequantization.logit() : Dequantization.onto(-0.5, 0.5);
  }

  TrainerConfig training() {
    long warmUp = Math.max(1, Math.round(WARM_UP * steps));
    return TrainerConfig.of(steps, batch, seed)
        .withOptimizer(Adam.of(learningRate))
        .withSchedule(
            new Schedule.WarmUp(warmUp, new Schedule.Cosine(Math.max(1, steps), LAST_RATE)))
        .withClipNorm(CLIP_NORM)
        .withValidation(interval, 0);
  }
}
