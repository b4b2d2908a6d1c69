package org.fjordflow.examples;

import java.nio.file.Path;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.model.anomaly.DetectionQuality;
import org.fjordflow.model.anomaly.DetectorOptions;

/**
 * Anomaly detection on real data, the cardiotocograms of ADBench's set cardio: what a detector
 * learns from normal rows alone, beside a normal distribution with all covariances. Labels are
 * looked at for the final figures only. Arguments, all optional: the folder of real data (else the
 * environment variable FJORD_DATA, else ../shared/data), the number of seeds, the number of
 * training steps.
 */
public final class CardioAnomalies {

  private static final double RATE = 0.01;

  private CardioAnomalies() {}

  /** Runs the example. */
  public static void main(String[] args) {
    Path folder = args.length > 0 ? Path.of(args[0]) : dataFolder();
    int seeds = args.length > 1 ? Integer.parseInt(args[1]) : 3;
    long steps = args.length > 2 ? Long.parseLong(args[2]) : 0;
    AnomalyTask task = AnomalyTask.read(folder.resolve("adbench").resolve("6_cardio.npz"));
    System.out.printf(
        "%d rows to train on, %d to judge, %d columns%n",
        task.train().length, task.test().length, task.train()[0].length);
    double gaussian = task.auroc(GaussianDetector.fit(task.train()).logProb(task.test()));
    System.out.printf("Gaussian, full covariance:  AUROC %.2f%n", 100 * gaussian);
    for (int seed = 0; seed < seeds; seed++) {
      DetectionQuality quality = run(task, steps, seed);
      System.out.printf(
          "detector, seed %d:           AUROC %.2f, average precision %.2f; at a rate of %.0f %%"
              + " %d of %d anomalies are told, and %d of %d normal rows%n",
          seed,
          100 * quality.auroc(),
          100 * quality.averagePrecision(),
          100 * RATE,
          quality.found(),
          quality.found() + quality.missed(),
          quality.falseAlarms(),
          quality.falseAlarms() + quality.passed());
    }
  }

  /** The folder of real data that examples read. */
  static Path dataFolder() {
    String setting = System.getenv("FJORD_DATA");
    return Path.of(setting != null ? setting : "../shared/data");
  }

  /**
   * Learns and judges.
   *
   * @param steps of training, 0 for as many as detection has by default
   */
  static DetectionQuality run(AnomalyTask task, long steps, long seed) {
    FitOptions.Builder fit = DetectorOptions.standardFit().seed(seed);
    DetectorOptions options =
        DetectorOptions.standard().withFit((steps > 0 ? fit.steps(steps) : fit).build());
    try (AnomalyDetector detector = AnomalyDetector.fit(Table.of(task.train()), options)) {
      Detection found = detector.detect(Table.of(task.test()), Alarm.rate(RATE));
      return DetectionQuality.of(found.score(), found.anomaly(), task.anomalous());
    }
  }
}
