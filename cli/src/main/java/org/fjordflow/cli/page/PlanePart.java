package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowPaths;
import org.fjordflow.model.TableSpec;
import org.fjordflow.report.Interval;
import org.fjordflow.report.Limits;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Look;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Motion;
import org.fjordflow.report.page.Page.Section;

/** Densities of the plane: as colours, by samples, and how the flow moves points. */
final class PlanePart {

  /** Cells along each axis: a quarter of the evaluations of the picture that is drawn besides. */
  private static final int CELLS = 100;

  private static final int POINTS = 1_500;
  private static final int PATHS = 300;
  private static final int TRAILS = 80;
  private static final int INTERVALS = 24;
  private static final int LINES = 25;
  private static final int LINE_POINTS = 97;
  private static final double GRID_EXTENT = 3;
  private static final double DOT = 3.2;

  private PlanePart() {}

  static List<Section> of(PageSource source) {
    if (!source.isPlane()) {
      return List.of();
    }
    FlowModel model = source.model();
    double[][] samples =
        model.sample(POINTS, Context.none(), source.streams().generator(Purpose.SAMPLES, 0));
    PageRows rows = source.rows();
    double[][] data = rows == null ? samples : rows.shown().rows();
    Limits limits = Limits.around(data);
    List<Block> blocks = new ArrayList<>();
    blocks.add(density(model, axis(source, 0, limits), axis(source, 1, limits), limits));
    if (rows != null) {
      blocks.add(points("Data", Role.DATA, RowSelection.thinned(data, POINTS), source, limits));
    }
    blocks.add(points("Samples", Role.MODEL, samples, source, limits));
    List<Section> sections = new ArrayList<>();
    sections.add(new Section("Density and samples", "", blocks));
    List<Block> moved = new ArrayList<>();
    TableSpec table = model.config().table();
    if (source.isSolved() && (table == null || table.isPlain())) {
      moved.add(paths(source));
    }
    moved.add(grid(source, limits));
    sections.add(
        new Section(
            "How the flow moves the plane",
            "A flow bends a normal distribution into the density, without tearing or folding.",
            moved));
    return sections;
  }

  /** The density of a model as colours, over a part of the plane. */
  static Chart density(FlowModel model, Axis x, Axis y, Limits limits) {
    return density("Density of the flow", model, x, y, limits);
  }

  static Chart density(String title, FlowModel model, Axis x, Axis y, Limits limits) {
    double[][] middles = new double[CELLS * CELLS][];
    Arrays.setAll(
        middles,
        i ->
            new double[] {
              limits.x().min() + (i % CELLS + 0.5) / CELLS * limits.x().length(),
              limits.y().min() + (Math.floorDiv(i, CELLS) + 0.5) / CELLS * limits.y().length()
            });
    double[] values = model.score(middles, Context.none(), 0).logProb();
    return new Chart(
        title, "", x, y, true, List.of(new Mark.Heat("density", limits, CELLS, values)));
  }

  private static Axis axis(PageSource source, int column, Limits limits) {
    return Columns.data(source, column).axis(column == 0 ? limits.x() : limits.y());
  }

  private static Chart points(
      String title, Role role, double[][] rows, PageSource source, Limits limits) {
    return new Chart(
        title,
        Texts.count(rows.length) + " points.",
        axis(source, 0, limits),
        axis(source, 1, limits),
        true,
        List.of(new Mark.Points("", role, Columns.values(rows, 0), Columns.values(rows, 1), DOT)));
  }

  private static Motion paths(PageSource source) {
    FlowModel model = source.model();
    double[][] samples =
        model.sample(PATHS, Context.none(), source.streams().generator(Purpose.SAMPLES, 1));
    FlowPaths paths = model.paths(samples, INTERVALS);
    double[][] states = new double[paths.times().length][];
    for (int k = 0; k < states.length; k++) {
      double[] state = new double[2 * samples.length];
      for (int i = 0; i < samples.length; i++) {
        state[2 * i] = paths.states()[k][i][0];
        state[2 * i + 1] = paths.states()[k][i][1];
      }
      states[k] = state;
    }
    double[][] all = Arrays.stream(paths.states()).flatMap(Arrays::stream).toArray(double[][]::new);
    Limits limits = Limits.around(all);
    return new Motion(
        "Paths through time",
        "%d samples on their way from the base (time %s) to the data (time 0)."
            .formatted(samples.length, Texts.number(paths.times()[0])),
        axis(source, 0, limits),
        axis(source, 1, limits),
        paths.times(),
        states,
        TRAILS);
  }

  private static Chart grid(PageSource source, Limits data) {
    List<double[]> points = new ArrayList<>();
    for (int direction = 0; direction < 2; direction++) {
      for (int line = 0; line < LINES; line++) {
        double across = GRID_EXTENT * (2.0 * line / (LINES - 1) - 1);
        for (int i = 0; i < LINE_POINTS; i++) {
          double along = GRID_EXTENT * (2.0 * i / (LINE_POINTS - 1) - 1);
          points.add(direction == 0 ? new double[] {along, across} : new double[] {across, along});
        }
      }
    }
    double[][] bent = source.model().fromBase(points.toArray(double[][]::new), Context.none());
    int half = bent.length / 2;
    Limits limits = union(Limits.around(bent), data);
    return new Chart(
        "The bent grid",
        "Straight lines of the base, from −%s to %s deviations, as the flow maps them."
            .formatted(Texts.number(GRID_EXTENT), Texts.number(GRID_EXTENT)),
        axis(source, 0, limits),
        axis(source, 1, limits),
        true,
        List.of(
            lines("along the first base coordinate", Role.DATA, bent, 0, half),
            lines("along the second", Role.MODEL, bent, half, 2 * half)));
  }

  private static Limits union(Limits a, Limits b) {
    return new Limits(union(a.x(), b.x()), union(a.y(), b.y())).squared();
  }

  private static Interval union(Interval a, Interval b) {
    return new Interval(Math.min(a.min(), b.min()), Math.max(a.max(), b.max()));
  }

  /** Lines one after the other, with a gap after each. */
  private static Mark lines(String name, Role role, double[][] points, int from, int to) {
    int lines = (to - from) / LINE_POINTS;
    double[] x = new double[lines * (LINE_POINTS + 1)];
    double[] y = new double[x.length];
    int at = 0;
    for (int i = from; i < to; i++) {
      x[at] = points[i][0];
      y[at++] = points[i][1];
      if ((i - from + 1) % LINE_POINTS == 0) {
        x[at] = Double.NaN;
        y[at++] = Double.NaN;
      }
    }
    return new Mark.Line(name, role, x, y, Look.THIN);
  }
}
