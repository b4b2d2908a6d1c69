package org.fjordflow.bench.anomaly;

import java.util.Arrays;
import java.util.Locale;
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.model.anomaly.DetectionQuality;
import org.fjordflow.model.anomaly.DetectorOptions;

/**
 * What one detector came to on the test rows of one set.
 *
 * @param set name of the set
 * @param trial how it was trained, see {@link Trial}
 * @param seed of the training and of what is drawn
 * @param auroc area under the receiver operating characteristic
 * @param averagePrecision area under precision over recall
 * @param calibration rows that p-values are from
 * @param normals normal rows of the test
 * @param falseAlarms of them at a rate of 0.01, or the least one that the calibration has
 * @param fitSeconds of the clock, to fit and calibrate
 * @param scoreSeconds of the clock, to score the test
 * @param anomalies of the test
 * @param found of them at that rate
 */
record AnomalyResult(
    String set,
    String trial,
    int seed,
    double auroc,
    double averagePrecision,
    int calibration,
    int normals,
    int falseAlarms,
    double fitSeconds,
    double scoreSeconds,
    int anomalies,
    int found) {

  static final double RATE = 0.01;

  static final String HEADER =
      "set,trial,seed,auroc,average_precision,calibration,normals,false_alarms,fit_s,score_s,anomalies,found";

  static AnomalyResult of(
      String set, Trial trial, LabelledSet.Parts parts, double contamination, int seed) {
    DetectorOptions standard = DetectorOptions.standard();
    DetectorOptions options =
        standard
            .withFit(DetectorOptions.standardFit().threads(1).seed(seed).build())
            .withContamination(contamination);
    long start = System.nanoTime();
    try (AnomalyDetector detector = AnomalyDetector.fit(parts.train(), options)) {
      long fitted = System.nanoTime();
      int size = detector.calibration().size();
      Detection found = detector.detect(parts.test(), Alarm.rate(Math.max(RATE, 1.0 / (size + 1))));
      long scored = System.nanoTime();
      DetectionQuality quality =
          DetectionQuality.of(found.score(), found.anomaly(), parts.anomalous());
      return new AnomalyResult(
          set,
          trial.id(),
          seed,
          quality.auroc(),
          quality.averagePrecision(),
          size,
          quality.falseAlarms() + quality.passed(),
          quality.falseAlarms(),
          (fitted - start) * 1e-9,
          (scored - fitted) * 1e-9,
          quality.found() + quality.missed(),
          quality.found());
    }
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%s,%s,%d,%.6f,%.6f,%d,%d,%d,%.2f,%.3f,%d,%d",
        set,
        trial,
        seed,
        auroc,
        averagePrecision,
        calibration,
        normals,
        falseAlarms,
        fitSeconds,
        scoreSeconds,
        anomalies,
        found);
  }

  static AnomalyResult parse(String line) {
    String[] cells = line.split(",", -1);
    double[] numbers = Arrays.stream(cells).skip(2).mapToDouble(Double::parseDouble).toArray();
    return new AnomalyResult(
        cells[0],
        cells[1],
        (int) numbers[0],
        numbers[1],
        numbers[2],
        (int) numbers[3],
        (int) numbers[4],
        (int) numbers[5],
        numbers[6],
        numbers[7],
        (int) numbers[8],
        (int) numbers[9]);
  }
}
