package org.fjordflow.cli.compare;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * One model trained with one seed.
 *
 * @param model its name
 * @param seed of its initial values and batches
 * @param status {@code done}; {@code diverged} where training could not be brought back; {@code
 *     failed} where the trained model could not be evaluated
 * @param message what went wrong, empty where nothing did
 * @param logLikelihood mean over the test rows, in nats; NaN where there is none
 * @param standardError of that mean, by the spread of the rows
 * @param validation best mean log-likelihood of the validation rows
 * @param bestStep the step it was reached at
 * @param steps made
 * @param parameters trained values
 * @param trainingSeconds with validations
 * @param trainingEvaluations of a field, forward and backward; 0 without one
 * @param scoreSeconds for the points of the comparison
 * @param sampleSeconds for as many samples
 * @param evaluations of a field, in scoring them; 0 without one
 * @param roundTripError largest difference between a test row and what comes back from the base, in
 *     standard deviations of its column, over at most 1,000 rows
 */
public record ComparisonResult(
    String model,
    long seed,
    String status,
    String message,
    double logLikelihood,
    double standardError,
    double validation,
    long bestStep,
    long steps,
    int parameters,
    double trainingSeconds,
    long trainingEvaluations,
    double scoreSeconds,
    double sampleSeconds,
    long evaluations,
    double roundTripError) {

  /** The status of a training and evaluation without failures. */
  static final String DONE = "done";

  /** The status of a training that could not be brought back. */
  static final String DIVERGED = "diverged";

  /** The status of a model that could not be evaluated. */
  static final String FAILED = "failed";

  /** A training or evaluation that failed. */
  static ComparisonResult failed(
      String model, long seed, String status, String message, int parameters, double seconds) {
    double none = Double.NaN;
    return new ComparisonResult(
        model,
        seed,
        status,
        message,
        none,
        none,
        none,
        0,
        0,
        parameters,
        seconds,
        0,
        none,
        none,
        0,
        none);
  }

  /** Returns whether there is something to compare. */
  @JsonIgnore
  public boolean isDone() {
    return status.equals(DONE);
  }
}
