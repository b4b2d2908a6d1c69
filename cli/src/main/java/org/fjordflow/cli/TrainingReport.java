package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.model.FitReport;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.NormalBaselines;
import org.fjordflow.model.TableSpec;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;

/** What is said at the end of a training on rows. */
final class TrainingReport {

  private static final int SEVERAL_COLUMNS = 8;

  private TrainingReport() {}

  /**
   * Says what ended a training.
   *
   * @param result what it came to
   * @param config how it was trained, with validations
   * @param start what the model was at the first step, such as "untrained"
   */
  static String ending(TrainingResult result, TrainerConfig config, String start) {
    String kept =
        result.bestStep() == 0
            ? "; no step made it better: the %s model is kept".formatted(start)
            : "";
    return switch (result.reason()) {
      case EARLY_STOPPED ->
          "ended by itself: no improvement for %d validations, one every %d steps%s"
              .formatted(config.patience(), config.validationInterval(), kept);
      case TIME_OVER ->
          "ended since the time was over (%s)%s"
              .formatted(Console.seconds(config.timeLimit()), kept);
      case COMPLETED -> "ended since all %d steps were made%s".formatted(result.steps(), kept);
      case STOPPED -> "ended since it was stopped" + kept;
    };
  }

  /**
   * Says how good the model is.
   *
   * @param report with the test rows as those held out
   * @param model what was trained
   * @param objective what by
   * @param next how to go on
   */
  static List<String> lines(
      FitReport report, FlowSpec model, TrainingObjective objective, Continuation next) {
    TableSpec table = model.table();
    boolean mixed = table != null && table.isMixed();
    List<String> lines = new ArrayList<>();
    lines.add(mixed ? shares(report.baselines()) : baselines(report.baselines()));
    if (report.isWorseThanIndependent() || report.isHopeless()) {
      lines.add(
          "WORSE THAN INDEPENDENT NORMALS: this model has learned nothing of use; a smaller model, more rows or --set learningRate at a tenth may help");
    } else if (report.isWorseThanNormal()) {
      lines.add("a normal with all covariances is better than this model");
    }
    if (report.overfits()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "it overfits: rows trained on have %.4f nats, test rows %.4f; more rows, a smaller model or --smooth scott may help",
              report.train(),
              report.heldOut()));
    }
    if (report.wasImproving() && !report.overfits() && !report.isWorseThanIndependent()) {
      lines.add("validation was still improving; this goes on: " + next.further());
    }
    if (isSooner(model, objective) && (report.wasImproving() || report.isWorseThanNormal())) {
      lines.add(
          "a continuous flow of so many columns mostly comes further in a time if it is matched first: --objective matching+likelihood");
    }
    return lines;
  }

  /** Whether matching can come first, and mostly pays; OT-Flow's penalties are of likelihood. */
  private static boolean isSooner(FlowSpec model, TrainingObjective objective) {
    return objective.kind() == Kind.LIKELIHOOD
        && model.dim() >= SEVERAL_COLUMNS
        && model.flow().size() == 1
        && model.flow().get(0) instanceof ContinuousConfig flow
        && flow.chain().blocks() == 1
        && !flow.field().layer().equals(ContinuousConfig.Field.POTENTIAL);
  }

  private static String shares(NormalBaselines normals) {
    return "on the same rows, independent columns (normals, and shares of values) have %s"
        .formatted(nats(normals.independent(), "no density (a column is constant)"));
  }

  private static String baselines(NormalBaselines normals) {
    if (Double.isNaN(normals.least())) {
      return "no normal distribution to compare with: a column is constant, a whole number or a category";
    }
    return "on the same rows, independent normals have %s, a normal with all covariances %s"
        .formatted(
            nats(normals.independent(), "no density (a column is constant)"),
            nats(normals.full(), "no density (columns depend on each other)"));
  }

  private static String nats(double value, String none) {
    return Double.isNaN(value) ? none : String.format(Locale.ROOT, "%.4f", value);
  }
}
