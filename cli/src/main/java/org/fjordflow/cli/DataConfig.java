package org.fjordflow.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.Smoothing;

/**
 * What is done with the data of a training.
 *
 * @param validation part of a file's rows that is kept to stop early by
 * @param test part of a file's rows that is kept to report on
 * @param validationPoints fresh points of a density to validate on, where the training validates
 * @param testPoints fresh points of a density to report on
 * @param noise on a file's rows in training, in standard deviations of each column: a number, or
 *     {@code scott} for Scott's rule; see {@link Smoothing}
 * @param standardize whether the model begins with bringing columns to mean 0 and deviation 1
 * @param contextDropout part of the rows that are trained on without what they are given, so that
 *     samples can be guided
 */
record DataConfig(
    double validation,
    double test,
    int validationPoints,
    int testPoints,
    String noise,
    boolean standardize,
    @JsonProperty(defaultValue = "0") double contextDropout) {

  /** The defaults, with or without standardisation. */
  static DataConfig standard(boolean standardize) {
    return new DataConfig(0.1, 0.1, 2_000, 20_000, "0", standardize, 0);
  }

  /** The same with part of the rows trained on without what they are given. */
  DataConfig withContextDropout(double part) {
    return new DataConfig(validation, test, validationPoints, testPoints, noise, standardize, part);
  }

  DataConfig {
    Smoothing.parse(noise);
    if (!(validation >= 0 && test >= 0 && validation + test < 1)
        || validationPoints < 1
        || testPoints < 0
        || !(contextDropout >= 0 && contextDropout <= 1)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "data.validation %s, data.test %s, data.validationPoints %d, data.testPoints %d, data.contextDropout %s; expected parts of at least 0 and below 1 together, at least 1 and 0 points, and a part"
              .formatted(validation, test, validationPoints, testPoints, contextDropout));
    }
  }
}
