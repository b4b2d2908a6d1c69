package org.fjordflow.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;

/**
 * How well a trained model does, and whether more training would help. All losses are negative mean
 * log-densities in nats, in the data's units.
 *
 * @param training what ended it, and after how many steps
 * @param config how it was trained
 * @param heldOut loss of rows that the model was not trained on; NaN where there are none
 * @param heldOutError standard error of {@code heldOut}
 * @param train loss of some of the rows that it was trained on
 * @param trainError standard error of {@code train}
 * @param baselines what normal distributions have on the rows held out
 */
public record FitReport(
    TrainingResult training,
    TrainerConfig config,
    double heldOut,
    double heldOutError,
    double train,
    double trainError,
    NormalBaselines baselines) {

  /** Validations within which the last gain has to lie for a training to be improving still. */
  private static final int RECENT = 2;

  /** Least difference in nats between rows trained on and others that is worth a word. */
  private static final double NOTICEABLE = 0.1;

  /** Nats that a normal distribution has to be better by. */
  private static final double CLEAR = 0.02;

  private static final double ERRORS = 2;

  /** Nats that no model of use is worse by. */
  private static final double HOPELESS = 100;

  /**
   * Reports on a training.
   *
   * @param training what it came to
   * @param config how it was trained
   * @param heldOut log-densities of rows that the model was not trained on, may be none. Not
   *     modified.
   * @param train log-densities of some rows that it was trained on. Not modified.
   * @param baselines on the rows held out
   */
  public static FitReport of(
      TrainingResult training,
      TrainerConfig config,
      double[] heldOut,
      double[] train,
      NormalBaselines baselines) {
    return new FitReport(
        training, config, loss(heldOut), error(heldOut), loss(train), error(train), baselines);
  }

  /** Reports on a training on drawn points, which has nothing to be compared with. */
  public static FitReport of(TrainingResult training, TrainerConfig config, double[] heldOut) {
    NormalBaselines none = new NormalBaselines(Double.NaN, Double.NaN);
    return of(training, config, heldOut, new double[0], none);
  }

  private static double loss(double[] logProb) {
    return -Arrays.stream(logProb).average().orElse(Double.NaN);
  }

  private static double error(double[] logProb) {
    double mean = -loss(logProb);
    double squares = Arrays.stream(logProb).map(value -> (value - mean) * (value - mean)).sum();
    int n = logProb.length;
    return n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
  }

  /** Whether independent normals do better, by more than chance. */
  public boolean isWorseThanIndependent() {
    return isWorseThan(baselines.independent());
  }

  /**
   * Whether the model is of no use: its loss of the rows held out is more than 100 nats above that
   * of independent normals, or no finite number where theirs is one.
   */
  public boolean isHopeless() {
    return Double.isFinite(baselines.independent())
        && !(heldOut - baselines.independent() <= HOPELESS);
  }

  /** Whether one of the normal distributions does better, by more than chance. */
  public boolean isWorseThanNormal() {
    return isWorseThan(baselines.least());
  }

  private boolean isWorseThan(double normal) {
    double error = Double.isNaN(heldOutError) ? 0 : heldOutError;
    return heldOut - normal > Math.max(CLEAR, error);
  }

  /**
   * Whether rows trained on are likelier than others, by more than chance: what is learned of them
   * beyond this does not carry over.
   */
  public boolean overfits() {
    double gap = heldOut - train;
    return gap > NOTICEABLE && gap > ERRORS * Math.hypot(heldOutError, trainError);
  }

  /** Whether validation was still improving when steps or time were over. */
  public boolean wasImproving() {
    long interval = config.validationInterval();
    return interval > 0
        && training.reason() != EndReason.EARLY_STOPPED
        && training.bestStep() > 0
        && training.steps() - training.bestStep() <= RECENT * interval;
  }

  /**
   * Returns the figures by name, to be saved: text and numbers.
   *
   * @param rows what the rows held out are called, such as {@code test}
   */
  public Map<String, Object> summary(String rows) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(rows + "Nll", FlowTraining.finite(heldOut));
    all.put(rows + "NllStandardError", FlowTraining.finite(heldOutError));
    if (Double.isNaN(train)) {
      return all;
    }
    all.put("trainNll", FlowTraining.finite(train));
    all.put("independentNormalsNll", FlowTraining.finite(baselines.independent()));
    all.put("fullNormalNll", FlowTraining.finite(baselines.full()));
    all.put("overfits", overfits());
    all.put("wasImproving", wasImproving());
    return all;
  }
}
