package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.FlowModel;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page.Fact;
import org.fjordflow.report.page.Page.Section;

/** How a continuous flow is solved, and what that takes. */
final class SolverPart {

  private static final int ROWS = 200;

  /** Images, each of which takes as long as many rows. */
  private static final int IMAGES = 20;

  private SolverPart() {}

  static List<Section> of(PageSource source) {
    if (!source.isSolved()) {
      return List.of();
    }
    List<Block> blocks = new ArrayList<>();
    Table metrics = source.metrics();
    if (metrics != null && metrics.rowCount() > 0) {
      blocks.add(TrainingPart.evaluations(metrics));
    }
    List<Fact> facts = new ArrayList<>(settings(source.about().path("model")));
    PageRows rows = source.rows();
    if (rows != null) {
      Batch held = rows.held();
      int most = source.isOfImages() ? IMAGES : ROWS;
      blocks.add(rowByRow(source, (held == null ? rows.shown() : held).thinned(most), facts));
    }
    JsonNode result = source.about().path("result");
    add(facts, result, "forwardEvaluations", "evaluations in training, forward");
    add(facts, result, "backwardEvaluations", "evaluations in training, backward");
    blocks.add(new Block.Facts("Settings and counts", false, facts));
    return List.of(new Section("Solver", "", blocks));
  }

  private static void add(List<Fact> facts, JsonNode result, String key, String name) {
    if (result.path(key).isNumber()) {
      facts.add(new Fact(name, Texts.count(result.path(key).asLong())));
    }
  }

  private static List<Fact> settings(JsonNode model) {
    List<Fact> facts = new ArrayList<>();
    for (JsonNode flow : model.path("flow")) {
      JsonNode solve = flow.path("solve");
      if (solve.isObject()) {
        for (String when : List.of("training", "evaluation")) {
          JsonNode solver = solve.at("/" + when + "/solver");
          facts.add(new Fact(when, method(solver, solve.at("/" + when + "/divergence"))));
        }
        break;
      }
    }
    return facts;
  }

  private static String method(JsonNode solver, JsonNode divergence) {
    String tolerances =
        solver.has("rtol")
            ? ", tolerances %s relative, %s absolute"
                .formatted(
                    Texts.number(solver.path("rtol").asDouble()),
                    Texts.number(solver.path("atol").asDouble()))
            : "";
    return "%s%s; divergence %s"
        .formatted(
            solver.path("method").asText(solver.path("type").asText()),
            tolerances,
            divergence.path("type").asText());
  }

  /** Scores rows one by one, so that each has its own counts. */
  private static Chart rowByRow(PageSource source, Batch rows, List<Fact> facts) {
    double[] evaluations = new double[rows.size()];
    long accepted = 0;
    long rejected = 0;
    long stiff = 0;
    double[][] given = rows.context();
    FlowModel model = source.isOfImages() ? source.model().withOneDraw() : source.model();
    for (int i = 0; i < evaluations.length; i++) {
      Context context = given == null ? Context.none() : Context.of(new double[][] {given[i]});
      Work work = model.score(new double[][] {rows.rows()[i]}, context, i).work();
      evaluations[i] = work.forwardEvaluations();
      accepted += work.acceptedSteps();
      rejected += work.rejectedSteps();
      stiff += work.stiffSolves();
    }
    double n = evaluations.length;
    facts.add(
        new Fact(
            "evaluations to score a row",
            Texts.number(Arrays.stream(evaluations).average().orElse(Double.NaN))));
    facts.add(
        new Fact(
            "steps to score a row, accepted and rejected",
            Texts.number(accepted / n) + " and " + Texts.number(rejected / n)));
    facts.add(new Fact("solves that seemed stiff", Texts.count(stiff)));
    double[] edges = Counts.edges(evaluations, true);
    return new Chart(
        "Evaluations to score a row",
        "%s rows, each scored alone.".formatted(Texts.count(rows.size())),
        Axis.of("evaluations of the field"),
        Axis.of("% of rows"),
        false,
        List.of(new Mark.Steps("", Role.THIRD, edges, Counts.percent(evaluations, edges))));
  }
}
