package org.fjordflow.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.model.anomaly.DetectionQuality;
import org.fjordflow.report.page.Page.Fact;

/**
 * How well a detection tells the rows that are known to be anomalies.
 *
 * @param rows that have both a label and a score
 * @param quality over these
 */
record Judgement(int rows, DetectionQuality quality) {

  /**
   * Judges a detection.
   *
   * @param labelled numbers of the rows with a label. Not modified.
   * @param anomalous whether each of them is an anomaly. Not modified.
   * @param found in all rows
   */
  static Judgement of(int[] labelled, boolean[] anomalous, Detection found) {
    int[] scored =
        IntStream.range(0, labelled.length)
            .filter(k -> !Double.isNaN(found.score()[labelled[k]]))
            .toArray();
    boolean[] told = new boolean[scored.length];
    boolean[] known = new boolean[scored.length];
    for (int k = 0; k < scored.length; k++) {
      told[k] = found.anomaly()[labelled[scored[k]]];
      known[k] = anomalous[scored[k]];
    }
    double[] scores = Arrays.stream(scored).mapToDouble(k -> found.score()[labelled[k]]).toArray();
    return new Judgement(scored.length, DetectionQuality.of(scores, told, known));
  }

  void say(Console console) {
    console.say(
        "AUROC %.4f, average precision %.4f, of %d labelled rows",
        quality.auroc(), quality.averagePrecision(), rows);
    console.say("           %8s %8s", "told", "not told");
    console.say(
        "  anomaly  %8d %8d   recall %.1f %%",
        quality.found(), quality.missed(), 100 * quality.recall());
    console.say(
        "  normal   %8d %8d   false alarms %.2f %%",
        quality.falseAlarms(), quality.passed(), 100 * quality.falseAlarmRate());
  }

  /** The same for a page. */
  List<Fact> facts() {
    return List.of(
        new Fact("AUROC", format("%.4f", quality.auroc())),
        new Fact("average precision", format("%.4f", quality.averagePrecision())),
        new Fact(
            "anomalies told",
            format("%d of %d", quality.found(), quality.found() + quality.missed())),
        new Fact(
            "normal rows told",
            format(
                "%d of %d (%.2f %%)",
                quality.falseAlarms(),
                quality.falseAlarms() + quality.passed(),
                100 * quality.falseAlarmRate())));
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
