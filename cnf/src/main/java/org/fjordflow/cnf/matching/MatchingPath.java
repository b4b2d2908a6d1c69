package org.fjordflow.cnf.matching;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.core.model.internal.ConfigChecks;

/** The path from a row x0 of the source to a row x1 of data. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = MatchingPath.Straight.class, name = "straight"),
  @JsonSubTypes.Type(value = MatchingPath.Target.class, name = "target"),
  @JsonSubTypes.Type(value = MatchingPath.VariancePreserving.class, name = "variance-preserving")
})
public sealed interface MatchingPath {

  /**
   * Where a path is at a time, and how fast: at {@code source x0 + data x1 + noise e} with e
   * standard normal, with the velocity {@code sourceRate x0 + dataRate x1}.
   *
   * @param source factor of the source's row
   * @param data factor of the data's row
   * @param noise standard deviation
   * @param sourceRate derivative of {@code source}
   * @param dataRate derivative of {@code data}
   */
  record Point(double source, double data, double noise, double sourceRate, double dataRate) {}

  /**
   * Returns where it is.
   *
   * @param t from 0 at the source to 1 at the data
   */
  Point at(double t);

  /**
   * Straight from row to row (Liu, Gong and Liu 2023; Tong et al. 2024, I-CFM).
   *
   * @param sigma deviation of normal noise around the line, in the units of the rows as the flow
   *     has them; 0 for none. With noise the flow ends at the data blurred by it
   */
  record Straight(double sigma) implements MatchingPath {
    /**
     * Checks the deviation.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is negative or not
     *     finite
     */
    public Straight {
      requireDeviation(sigma, Double.POSITIVE_INFINITY);
    }

    @Override
    public Point at(double t) {
      return new Point(1 - t, t, sigma, -1, 1);
    }
  }

  /**
   * Lipman et al.'s conditional optimal transport path (2023, equation 22): {@code (1 - (1 - sigma)
   * t) x0 + t x1}. From a standard normal it ends at the data blurred by sigma.
   *
   * @param sigma factor of the source's row at the data, from 0 and below 1
   */
  record Target(double sigma) implements MatchingPath {
    /**
     * Checks the factor.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if it is not from 0 to below
     *     1
     */
    public Target {
      requireDeviation(sigma, 1);
    }

    @Override
    public Point at(double t) {
      return new Point(1 - (1 - sigma) * t, t, 0, sigma - 1, 1);
    }
  }

  /**
   * Along a quarter of a circle, {@code cos(pi t / 2) x0 + sin(pi t / 2) x1} (Albergo and
   * Vanden-Eijnden 2023): where both have the variance 1, so has what is in between.
   */
  record VariancePreserving() implements MatchingPath {
    @Override
    public Point at(double t) {
      double rate = Math.PI / 2;
      double cosine = Math.cos(rate * t);
      double sine = Math.sin(rate * t);
      return new Point(cosine, sine, 0, -rate * sine, rate * cosine);
    }
  }

  private static void requireDeviation(double sigma, double below) {
    ConfigChecks.require(
        sigma >= 0 && sigma < below,
        "sigma",
        sigma,
        below == 1 ? "at least 0, below 1" : "at least 0, finite");
  }
}
