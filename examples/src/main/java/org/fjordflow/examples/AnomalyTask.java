package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.anomaly.DetectionQuality;

/**
 * A set of ADBench (Han et al. 2022) under the protocol of semi-supervised anomaly detection: the
 * first half of the normal rows, in the file's order, is there to train on; all other rows are the
 * test. Columns are scaled by mean and standard deviation of the training rows.
 *
 * @param train rows to train on, all normal, scaled
 * @param test rows to judge, scaled
 * @param anomalous whether each test row is an anomaly
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record AnomalyTask(double[][] train, double[][] test, boolean[] anomalous) {

  /**
   * Reads a set.
   *
   * @param file npz with features X and labels y, 1 for an anomaly
   * @throws org.fjordflow.base.FjordException if it cannot be read
   */
  static AnomalyTask read(Path file) {
    double[][] features = Tables.read(file + ":X").rows();
    double[] labels = Tables.read(file + ":y").column(0);
    int normals = 0;
    for (double label : labels) {
      normals += label == 0 ? 1 : 0;
    }
    List<double[]> train = new ArrayList<>();
    List<double[]> test = new ArrayList<>();
    List<Boolean> anomalous = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == 0 && train.size() < (normals + 1) / 2) {
        train.add(features[i]);
      } else {
        test.add(features[i]);
        anomalous.add(labels[i] != 0);
      }
    }
    double[][] trainRows = train.toArray(new double[0][]);
    Moments moments = Moments.of(trainRows);
    boolean[] flags = new boolean[anomalous.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = anomalous.get(i);
    }
    return new AnomalyTask(
        moments.standardize(trainRows), moments.standardize(test.toArray(new double[0][])), flags);
  }

  /** Returns how well log-densities of the test rows, low for anomalies, tell them apart. */
  double auroc(double[] logProb) {
    return DetectionQuality.auroc(
        Arrays.stream(logProb).map(value -> 0 - value).toArray(), anomalous);
  }
}
