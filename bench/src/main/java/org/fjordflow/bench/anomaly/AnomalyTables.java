package org.fjordflow.bench.anomaly;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Prints the results as tables of Markdown. */
final class AnomalyTables {

  private AnomalyTables() {}

  static void print(
      List<String[]> sets,
      List<AnomalyResult> results,
      List<Double> shares,
      List<String> contaminated) {
    areas(sets, results);
    contamination(results, shares, contaminated);
  }

  private static List<AnomalyResult> of(List<AnomalyResult> results, String set, Trial trial) {
    return results.stream()
        .filter(r -> r.set().equals(set) && r.trial().equals(trial.id()))
        .toList();
  }

  private static double[] areas(List<AnomalyResult> results) {
    return results.stream().mapToDouble(r -> 100 * r.auroc()).toArray();
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }

  /** Of the mean; 0 for one value. */
  private static double standardError(double[] values) {
    double mean = mean(values);
    double sum = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    int n = values.length;
    return n < 2 ? 0 : Math.sqrt(sum / (n - 1) / n);
  }

  private static void areas(List<String[]> sets, List<AnomalyResult> results) {
    System.out.printf(
        "| set | AUROC | seeds | average precision | 5 nearest neighbours | full normal |"
            + " false alarms of a rate of %s | band of 99 %% | fit, s | score, s |%n",
        AnomalyResult.RATE);
    System.out.println("|---|---|---|---|---|---|---|---|---|---|");
    double sum = 0;
    double variance = 0;
    double neighbours = 0;
    double normal = 0;
    int outside = 0;
    List<String[]> done = new ArrayList<>();
    for (String[] set : sets) {
      List<AnomalyResult> own = of(results, set[0], Trial.PROTOCOL);
      if (own.isEmpty()) {
        continue;
      }
      done.add(set);
      double[] areas = areas(own);
      sum += mean(areas);
      variance += Math.pow(standardError(areas), 2);
      neighbours += Double.parseDouble(set[3]);
      normal += Double.parseDouble(set[5]);
      List<AnomalyResult> fresh = of(results, set[0], Trial.SHUFFLED);
      String alarms = "| |";
      for (AnomalyResult r : fresh) {
        FalseAlarms band = new FalseAlarms(r.calibration(), r.normals(), AnomalyResult.RATE);
        outside += band.isUsual(r.falseAlarms()) ? 0 : 1;
        alarms = "%d of %,d | %s |".formatted(r.falseAlarms(), r.normals(), band.text());
      }
      System.out.printf(
          Locale.ROOT,
          "| %s | %.2f ± %.2f | %d | %.3f | %s | %s | %s %.1f | %.2f |%n",
          set[0],
          mean(areas),
          standardError(areas),
          areas.length,
          own.stream().mapToDouble(AnomalyResult::averagePrecision).average().orElseThrow(),
          set[3],
          set[5],
          alarms,
          own.stream().mapToDouble(AnomalyResult::fitSeconds).average().orElseThrow(),
          own.stream().mapToDouble(AnomalyResult::scoreSeconds).average().orElseThrow());
    }
    int n = done.size();
    System.out.printf(
        Locale.ROOT,
        "%nmean AUROC of %d sets: %.2f ± %.2f; 5 nearest neighbours %.2f, full normal %.2f;"
            + " sets whose false alarms are outside of the band: %d%n%n",
        n,
        sum / n,
        Math.sqrt(variance) / n,
        neighbours / n,
        normal / n,
        outside);
  }

  private static void contamination(
      List<AnomalyResult> results, List<Double> shares, List<String> sets) {
    System.out.println(
        "| set | anomalies among the rows | AUROC, left out | trained on | found, left out"
            + " | unsaid | `--contamination` | false alarms |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    for (String set : sets) {
      for (double share : shares) {
        StringBuilder line = new StringBuilder();
        for (Trial trial : List.of(Trial.clean(share), Trial.dirty(share))) {
          double[] areas = areas(of(results, set, trial));
          line.append(
              String.format(Locale.ROOT, " %.2f ± %.2f |", mean(areas), standardError(areas)));
        }
        for (Trial trial : List.of(Trial.clean(share), Trial.dirty(share), Trial.told(share))) {
          List<AnomalyResult> own = of(results, set, trial);
          line.append(percent(own, AnomalyResult::found, AnomalyResult::anomalies));
        }
        List<AnomalyResult> told = of(results, set, Trial.told(share));
        line.append(percent(told, AnomalyResult::falseAlarms, AnomalyResult::normals));
        System.out.printf(Locale.ROOT, "| %s | %.0f %% |%s%n", set, 100 * share, line);
      }
    }
  }

  private static String percent(
      List<AnomalyResult> results,
      ToDoubleFunction<AnomalyResult> part,
      ToDoubleFunction<AnomalyResult> whole) {
    double sum = results.stream().mapToDouble(part).sum();
    double all = results.stream().mapToDouble(whole).sum();
    return String.format(Locale.ROOT, " %.1f %% |", 100 * sum / all);
  }
}
