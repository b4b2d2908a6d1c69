package org.fjordflow.bench.anomaly;

/**
 * A way to make the rows that a detector is trained on.
 *
 * @param id its name in the results
 * @param share of anomalies among the rows
 * @param trained whether those are trained on, or left out
 * @param told whether the detector is told of them
 */
record Trial(String id, double share, boolean trained, boolean told) {

  /** The first half of the normal rows, in the order of the file. */
  static final Trial PROTOCOL = new Trial("protocol", 0, false, false);

  /** Any half of the normal rows: those of the test are exchangeable with them. */
  static final Trial SHUFFLED = new Trial("shuffled", 0, false, false);

  /** Anomalies are left out of the test, and of the training too. */
  static Trial clean(double share) {
    return new Trial("clean-" + share, share, false, false);
  }

  /** Anomalies are trained on, unsaid. */
  static Trial dirty(double share) {
    return new Trial("dirty-" + share, share, true, false);
  }

  /** Anomalies are trained on, and the detector knows how many. */
  static Trial told(double share) {
    return new Trial("told-" + share, share, true, true);
  }

  LabelledSet.Parts parts(LabelledSet set, int seed) {
    if (share > 0) {
      return set.contaminated(share, trained, seed);
    }
    return id.equals(SHUFFLED.id) ? set.anyHalf(seed) : set.firstHalf();
  }

  double contamination() {
    return told ? share : 0;
  }
}
