package org.fjordflow.model.anomaly;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;

/** What makes a row unlike others. Scores are in nats, higher for what is less like them. */
public enum Scoring {
  /**
   * A density that is low by the flow or by a normal with all covariances that is fitted to the
   * same rows: the higher of two scores. The normal's is brought to the median and the 95 %
   * quantile that the flow's has over these rows. Where the flow alone is asked, as of a model that
   * was trained elsewhere, it is {@link #DENSITY}.
   */
  EITHER {
    @Override
    double score(double logProb, double typical) {
      return 0 - logProb;
    }
  },

  /** A low density: minus the log-density. */
  DENSITY {
    @Override
    double score(double logProb, double typical) {
      return 0 - logProb;
    }
  },

  /**
   * A density that is not the usual one, be it lower or higher: the distance of minus the
   * log-density from its mean over normal rows (Nalisnick et al. 2019, typicality of a single row).
   */
  TYPICALITY {
    @Override
    double score(double logProb, double typical) {
      return Math.abs(0 - logProb - typical);
    }
  };

  /** Returns the score of a row; {@code typical} is the mean of minus the log-density. */
  abstract double score(double logProb, double typical);

  double[] scores(double[] logProb, double typical) {
    return Arrays.stream(logProb).map(value -> score(value, typical)).toArray();
  }

  /** Returns the name used in commands, such as {@code density}. */
  @JsonValue
  public String id() {
    return Ids.of(this);
  }

  /**
   * Finds one by its name.
   *
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  @JsonCreator
  public static Scoring of(String id) {
    return Ids.find(values(), Scoring::id, "score", id);
  }
}
