package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.ComparedModel;
import org.fjordflow.cli.compare.ComparisonResult;
import org.fjordflow.cli.compare.Summary;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowModel;
import org.fjordflow.report.Limits;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Look;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page;
import org.fjordflow.report.page.Page.Fact;
import org.fjordflow.report.page.Page.Section;
import org.jspecify.annotations.Nullable;

/** The page of a comparison. */
public final class ComparisonPage {

  private static final int POINTS = 1_500;
  private static final int SAMPLES = 2_000;
  private static final int SEED = 0;

  private final Path folder;
  private final JsonNode about;
  private final double @Nullable [][] shown;
  private final Map<String, List<ComparisonResult>> models;
  private final List<String> names;

  private ComparisonPage(Path folder, JsonNode about, double @Nullable [][] shown) {
    this.folder = folder;
    this.about = about;
    this.shown = shown;
    Map<String, List<ComparisonResult>> all = new LinkedHashMap<>();
    for (JsonNode node : about.path("results")) {
      ComparisonResult result = JsonConfig.value(node, ComparisonResult.class, folder.toString());
      if (result.isDone()) {
        all.computeIfAbsent(result.model(), key -> new ArrayList<>()).add(result);
      }
    }
    this.models = all;
    this.names =
        all.keySet().stream()
            .sorted(Comparator.comparingDouble(name -> -likelihood(results(name)).mean()))
            .toList();
  }

  /**
   * Makes the page of a comparison.
   *
   * @param folder with its models
   * @param about what its file says: settings, versions, results. Not modified.
   * @param shown rows of data, or null where they are not at hand. Not modified.
   */
  public static Page of(Path folder, JsonNode about, double @Nullable [][] shown) {
    return new ComparisonPage(folder, about, shown).page();
  }

  private Page page() {
    JsonNode settings = about.path("settings");
    String data = settings.at("/data/description").asText("");
    List<Section> sections = new ArrayList<>();
    if (names.isEmpty()) {
      sections.add(text("Results", "No training has come to its end."));
    } else {
      sections.add(results());
      try {
        sections.addAll(learned());
      } catch (FjordException e) {
        sections.add(text("What was learned", "Not drawn: " + e.getMessage()));
      }
    }
    List<Block> blocks = new ArrayList<>();
    blocks.add(new Block.Facts("Settings", false, Texts.facts(settings)));
    blocks.add(new Block.Facts("Versions", false, Texts.facts(about.path("versions"))));
    sections.add(new Section("Configuration and versions", "", blocks));
    return new Page(
        "Flows of " + data + " compared",
        "%d models, each trained alike on the same rows; what is told is the mean log-density of %s test rows."
            .formatted(names.size(), Texts.count(settings.path("testRows").asLong())),
        figures(),
        sections);
  }

  private List<ComparisonResult> results(String name) {
    return models.getOrDefault(name, List.of());
  }

  private static Section text(String title, String text) {
    return new Section(title, "", List.of(new Block.Text(text)));
  }

  private List<Fact> figures() {
    List<Fact> facts = new ArrayList<>();
    if (!names.isEmpty()) {
      String best = names.get(0);
      Summary summary = likelihood(results(best));
      facts.add(
          new Fact(
              "log-likelihood of " + best + ", the best, nats a row",
              Texts.measured(summary.mean(), summary.standardError())));
    }
    double truth = truth();
    if (Double.isFinite(truth)) {
      facts.add(new Fact("log-likelihood of the density itself", Texts.measured(truth, 0)));
    }
    facts.add(new Fact("models", Texts.count(names.size())));
    facts.add(
        new Fact("trainings", Texts.count(models.values().stream().mapToInt(List::size).sum())));
    int failed = about.path("results").size() - models.values().stream().mapToInt(List::size).sum();
    if (failed > 0) {
      facts.add(new Fact("trainings that failed", Texts.count(failed)));
    }
    return facts;
  }

  /** Over seeds where there are several, else over the test rows. */
  private static Summary likelihood(List<ComparisonResult> results) {
    Summary seeds = over(results, ComparisonResult::logLikelihood);
    return results.size() > 1 ? seeds : new Summary(seeds.mean(), results.get(0).standardError());
  }

  private static Summary over(
      List<ComparisonResult> results, ToDoubleFunction<ComparisonResult> value) {
    return Summary.of(results.stream().mapToDouble(value).toArray());
  }

  private double truth() {
    return ToyDensity.find(about.at("/settings/data/description").asText(""))
        .map(ToyDensity::entropy)
        .filter(entropy -> entropy.isPresent())
        .map(entropy -> -entropy.getAsDouble())
        .orElse(Double.NaN);
  }

  private Section results() {
    return new Section(
        "Results",
        "More is better. Bars are a standard error to each side: over seeds where there are several, else over test rows.",
        List.of(likelihoods(), times(), table()));
  }

  private Chart likelihoods() {
    List<Double> x = new ArrayList<>();
    List<Double> y = new ArrayList<>();
    double[] mean = new double[names.size()];
    double[] barX = new double[3 * names.size()];
    double[] barY = new double[barX.length];
    for (int i = 0; i < mean.length; i++) {
      List<ComparisonResult> results = results(names.get(i));
      Summary summary = likelihood(results);
      double error = Double.isNaN(summary.standardError()) ? 0 : summary.standardError();
      mean[i] = summary.mean();
      for (int k = 0; k < 3; k++) {
        barX[3 * i + k] = k == 2 ? Double.NaN : mean[i] + (k == 0 ? -error : error);
        barY[3 * i + k] = i;
      }
      for (ComparisonResult result : results) {
        x.add(result.logLikelihood());
        y.add((double) i);
      }
    }
    List<Mark> marks = new ArrayList<>();
    marks.add(new Mark.Line("standard error", Role.MODEL, barX, barY, Look.PLAIN));
    marks.add(new Mark.Points("a training", Role.DATA, array(x), array(y), 7));
    marks.add(
        new Mark.Points(
            "mean",
            Role.MODEL,
            mean,
            IntStream.range(0, mean.length).asDoubleStream().toArray(),
            10));
    if (Double.isFinite(truth())) {
      marks.add(new Mark.Level("the density itself", Role.REFERENCE, truth(), true));
    }
    return new Chart(
        "Log-likelihood", "", Axis.of("nats a row"), Axis.ofNames("", names), false, marks);
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private Chart times() {
    return new Chart(
        "Times",
        "",
        Axis.of(
            "seconds for %s points".formatted(Texts.count(about.at("/settings/points").asLong()))),
        Axis.ofNames("", names),
        false,
        List.of(
            new Mark.Bars("to score", Role.DATA, each(ComparisonResult::scoreSeconds)),
            new Mark.Bars("to sample", Role.MODEL, each(ComparisonResult::sampleSeconds))));
  }

  private double[] each(ToDoubleFunction<ComparisonResult> value) {
    return names.stream().mapToDouble(name -> over(results(name), value).mean()).toArray();
  }

  private Block.Grid table() {
    List<List<String>> rows = new ArrayList<>();
    for (String name : names) {
      List<ComparisonResult> results = results(name);
      Summary summary = likelihood(results);
      rows.add(
          List.of(
              name,
              Texts.measured(summary.mean(), summary.standardError()),
              Texts.count(results.size()),
              Texts.count(results.get(0).parameters()),
              Texts.count(Math.round(over(results, r -> (double) r.steps()).mean())),
              Texts.number(over(results, ComparisonResult::trainingSeconds).mean()),
              Texts.number(over(results, ComparisonResult::scoreSeconds).mean()),
              Texts.number(over(results, ComparisonResult::sampleSeconds).mean()),
              Texts.number(over(results, ComparisonResult::roundTripError).mean())));
    }
    return new Block.Grid(
        "",
        List.of(
            "model",
            "log-likelihood",
            "seeds",
            "parameters",
            "steps",
            "training, s",
            "scoring, s",
            "sampling, s",
            "round-trip error, deviations"),
        rows);
  }

  // What was learned

  private List<Section> learned() {
    double[][] data = shown;
    List<Block> planes = new ArrayList<>();
    List<List<String>> distances = new ArrayList<>();
    for (String name : names) {
      Path saved =
          folder
              .resolve("models")
              .resolve(ComparedModel.file(name) + "-" + results(name).get(0).seed());
      if (!Files.isDirectory(saved)) {
        continue;
      }
      try (FlowModel model = FlowModel.load(saved)) {
        double[][] samples = model.sample(SAMPLES, SEED).rows();
        double[][] rows = data == null ? samples : data;
        if (model.dim() == 2) {
          Limits limits = Limits.around(rows);
          Axis x = Axis.of(name(model, 0), limits.x());
          Axis y = Axis.of(name(model, 1), limits.y());
          if (planes.isEmpty() && data != null) {
            planes.add(points(RowSelection.thinned(data, POINTS), x, y));
          }
          planes.add(PlanePart.density(name, model, x, y, limits));
        } else if (data != null) {
          distances.add(distances(name, model, samples, data));
        }
      }
    }
    List<Section> sections = new ArrayList<>();
    if (!planes.isEmpty()) {
      sections.add(new Section("Densities", "Of the first training of each model.", planes));
    }
    if (!distances.isEmpty()) {
      sections.add(
          new Section(
              "Columns",
              "How far the columns of %s samples are from those of the data: largest differences of distribution functions."
                  .formatted(Texts.count(SAMPLES)),
              List.of(
                  new Block.Grid(
                      "", List.of("model", "mean", "largest", "its column"), distances))));
    }
    return sections;
  }

  private static Chart points(double[][] rows, Axis x, Axis y) {
    return new Chart(
        "Data",
        "",
        x,
        y,
        true,
        List.of(
            new Mark.Points("", Role.DATA, Columns.values(rows, 0), Columns.values(rows, 1), 3)));
  }

  private static List<String> distances(
      String name, FlowModel model, double[][] samples, double[][] data) {
    double[] all =
        IntStream.range(0, model.dim())
            .mapToDouble(j -> Counts.distance(Columns.values(data, j), Columns.values(samples, j)))
            .toArray();
    int worst = 0;
    for (int j = 0; j < all.length; j++) {
      worst = all[j] > all[worst] ? j : worst;
    }
    return List.of(
        name,
        Texts.percent(Arrays.stream(all).average().orElse(Double.NaN)),
        Texts.percent(all[worst]),
        name(model, worst));
  }

  private static String name(FlowModel model, int j) {
    return model.columns().isEmpty() ? "x" + (j + 1) : model.columns().get(j);
  }
}
