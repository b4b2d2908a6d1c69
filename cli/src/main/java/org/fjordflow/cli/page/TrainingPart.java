package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.report.Curve;
import org.fjordflow.report.Interval;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Look;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page.Section;

/** How training went: losses, and the work of the solver in it. */
final class TrainingPart {

  /** More steps are thinned out; a curve has no more pixels. */
  private static final int MOST_STEPS = 1_200;

  /** The share of the highest losses that may lie above the chart: the first steps' spike. */
  private static final double SPIKE = 0.01;

  private TrainingPart() {}

  static List<Section> of(PageSource source) {
    Table metrics = source.metrics();
    if (metrics == null || metrics.rowCount() == 0) {
      return List.of();
    }
    return List.of(new Section("Training", "", List.of(losses(source, metrics))));
  }

  private static Chart losses(PageSource source, Table metrics) {
    double unit = source.lossUnit();
    Curve loss = scaled(curve(metrics, "training, each step", "loss"), unit).withoutGaps();
    Curve validation = scaled(curve(metrics, "validation", "validation_loss"), unit).withoutGaps();
    List<Mark> marks = new ArrayList<>();
    marks.add(line(loss, Role.DATA, Look.THIN));
    if (validation.steps().length > 0) {
      marks.add(
          line(validation, Role.MODEL, validation.steps().length < 40 ? Look.DOTTED : Look.PLAIN));
    }
    long best = source.about().at("/result/bestStep").asLong(0);
    if (best > 0 && validation.steps().length > 0) {
      marks.add(new Mark.Level("best: step " + Texts.count(best), Role.REFERENCE, best, true));
    }
    double truth = source.about().at("/result/testNllOfTruth").asDouble(Double.NaN);
    if (Double.isFinite(truth)) {
      marks.add(new Mark.Level("the density itself", Role.REFERENCE, truth, false));
    }
    return new Chart(
        "Loss",
        unit == 1 ? "Negative mean log-density of a batch." : "Mean bits per dimension of a batch.",
        steps(loss),
        new Axis(
            unit == 1 ? "nats a row" : "bits per dimension",
            range(loss, validation, truth),
            Axis.Kind.LINEAR,
            List.of()),
        false,
        marks);
  }

  private static Axis steps(Curve loss) {
    int n = loss.steps().length;
    return n == 0 ? Axis.of("step") : Axis.of("step", new Interval(0, loss.steps()[n - 1]));
  }

  private static Interval range(Curve loss, Curve validation, double truth) {
    double[] all =
        IntStream.range(0, 2)
            .mapToObj(k -> k == 0 ? loss : validation)
            .flatMapToDouble(curve -> Arrays.stream(curve.values()))
            .sorted()
            .toArray();
    if (all.length == 0) {
      return new Interval(0, 1);
    }
    int last = all.length - 1 - (int) Math.floor(SPIKE * all.length);
    double[] kept = Arrays.copyOf(all, last + 2);
    kept[last + 1] = Double.isFinite(truth) ? truth : all[0];
    return Interval.around(kept, 0, 0.06);
  }

  static Chart evaluations(Table metrics) {
    return new Chart(
        "Work of the solver",
        "Evaluations of the field that a step of training took.",
        Axis.of("step"),
        Axis.of("evaluations a step"),
        false,
        List.of(
            line(curve(metrics, "forward", "forward_evaluations"), Role.THIRD, Look.PLAIN),
            line(curve(metrics, "backward", "backward_evaluations"), Role.FOURTH, Look.PLAIN)));
  }

  private static Mark line(Curve curve, Role role, Look look) {
    int n = curve.steps().length;
    int shown = Math.min(n, MOST_STEPS);
    double[] x = new double[shown];
    double[] y = new double[shown];
    for (int i = 0; i < shown; i++) {
      int at = shown == 1 ? n - 1 : (int) ((long) i * (n - 1) / (shown - 1));
      x[i] = curve.steps()[at];
      y[i] = curve.values()[at];
    }
    return new Mark.Line(curve.name(), role, x, y, look);
  }

  private static Curve scaled(Curve curve, double unit) {
    return unit == 1
        ? curve
        : new Curve(
            curve.name(),
            curve.steps(),
            Arrays.stream(curve.values()).map(value -> unit * value).toArray());
  }

  private static Curve curve(Table metrics, String name, String column) {
    int index = metrics.names().indexOf(column);
    double[] steps = metrics.column(metrics.names().indexOf("step"));
    double[] values = index < 0 ? new double[0] : metrics.column(index);
    return index < 0 ? new Curve(name, new double[0], values) : new Curve(name, steps, values);
  }
}
