package org.fjordflow.cli.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Results as a table in Markdown: a row for each model, the best one first. */
final class MarkdownTable {

  private MarkdownTable() {}

  static String of(
      ComparisonSettings settings,
      ComparisonData data,
      Map<String, String> versions,
      List<ComparisonResult> results) {
    List<String> lines = new ArrayList<>();
    lines.add("# " + settings.data().description());
    lines.add("");
    lines.add(about(settings));
    lines.add("");
    lines.add(
        "| model | log-likelihood, nats | seeds | parameters | steps | training, s | score, s |"
            + " sample, s | evaluations | round trip |");
    lines.add("|---|---|---|---|---|---|---|---|---|---|");
    List<Row> rows = rows(results);
    rows.forEach(row -> lines.add(row.line()));
    data.bound()
        .ifPresent(
            bound ->
                lines.add(line("the density itself", String.format(Locale.ROOT, "%.4f", -bound))));
    lines.add("");
    lines.add(
        "Means over seeds, log-likelihoods with their standard error over seeds. Score and sample:"
            + " seconds for "
            + String.format(Locale.ROOT, "%,d", settings.points())
            + " points. Evaluations: of the field, in scoring them. Round trip: largest error in"
            + " standard deviations of a column.");
    for (ComparisonResult result : results) {
      if (!result.isDone()) {
        lines.add("");
        lines.add(
            "%s, seed %d, %s: %s"
                .formatted(result.model(), result.seed(), result.status(), result.message()));
      }
    }
    lines.add("");
    lines.add(
        versions.entrySet().stream()
            .map(version -> version.getKey() + " " + version.getValue())
            .collect(Collectors.joining("; ")));
    return String.join("\n", lines) + "\n";
  }

  private static String about(ComparisonSettings settings) {
    String rows =
        settings.data().rows() == 0
            ? "fresh points"
            : String.format(Locale.ROOT, "%,d rows", settings.data().rows());
    String noise = settings.noise().equals("0") ? "" : ", noise " + settings.noise();
    RowPreparation preparation = settings.preparation();
    return String.format(
        Locale.ROOT,
        "%d columns, trained on %s%s%s%s%s, %,d test rows, %s a training.",
        settings.data().columns(),
        rows,
        noise,
        preparation.columns().isEmpty() ? "" : ", columns " + preparation.columns(),
        preparation.earth() ? ", Lambert's cylindrical equal-area projection" : "",
        preparation.dequantize() ? ", dequantised" : "",
        settings.testRows(),
        settings.budget());
  }

  /** The seeds of one model. */
  private record Row(String model, List<ComparisonResult> all, List<ComparisonResult> done) {

    String line() {
      if (done.isEmpty()) {
        return MarkdownTable.line(model, all.get(0).status());
      }
      Summary likelihood = summary(ComparisonResult::logLikelihood);
      String error =
          Double.isNaN(likelihood.standardError())
              ? ""
              : String.format(Locale.ROOT, " ± %.4f", likelihood.standardError());
      return MarkdownTable.line(
          model,
          String.format(Locale.ROOT, "%.4f", likelihood.mean()) + error,
          done.size() == all.size() ? "" + done.size() : done.size() + " of " + all.size(),
          String.format(Locale.ROOT, "%,d", done.get(0).parameters()),
          String.format(Locale.ROOT, "%,.0f", summary(ComparisonResult::steps).mean()),
          String.format(Locale.ROOT, "%.4g", summary(ComparisonResult::trainingSeconds).mean()),
          String.format(Locale.ROOT, "%.3g", summary(ComparisonResult::scoreSeconds).mean()),
          String.format(Locale.ROOT, "%.3g", summary(ComparisonResult::sampleSeconds).mean()),
          done.get(0).evaluations() == 0
              ? ""
              : String.format(Locale.ROOT, "%.0f", summary(ComparisonResult::evaluations).mean()),
          String.format(
              Locale.ROOT,
              "%.1e",
              done.stream()
                  .mapToDouble(ComparisonResult::roundTripError)
                  .max()
                  .orElse(Double.NaN)));
    }

    Summary summary(ToDoubleFunction<ComparisonResult> value) {
      return Summary.of(done.stream().mapToDouble(value).toArray());
    }

    double order() {
      double mean = summary(ComparisonResult::logLikelihood).mean();
      return Double.isNaN(mean) ? Double.POSITIVE_INFINITY : -mean;
    }
  }

  private static List<Row> rows(List<ComparisonResult> results) {
    Map<String, List<ComparisonResult>> byModel =
        results.stream()
            .collect(
                Collectors.groupingBy(
                    ComparisonResult::model, LinkedHashMap::new, Collectors.toList()));
    return byModel.entrySet().stream()
        .map(
            entry ->
                new Row(
                    entry.getKey(),
                    entry.getValue(),
                    entry.getValue().stream().filter(ComparisonResult::isDone).toList()))
        .sorted(Comparator.comparingDouble(Row::order))
        .toList();
  }

  private static String line(String... cells) {
    List<String> all = new ArrayList<>(List.of(cells));
    while (all.size() < 10) {
      all.add("");
    }
    return "| " + String.join(" | ", all) + " |";
  }
}
