package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.fjordflow.base.FjordException;

/**
 * A work-precision diagram: error against evaluations and, where there are any, against times, all
 * in logarithms.
 */
public final class WorkPrecisionPicture {
  private static final int WIDTH = 340;
  private static final int HEIGHT = 340;
  private static final int LEGEND = 190;
  private static final double LINE = 17;

  /** Errors beyond this say only that the solve went wrong. */
  private static final double LARGEST_ERROR = 10;

  private WorkPrecisionPicture() {}

  /**
   * Draws one or two panels and a legend.
   *
   * @param title what the picture shows
   * @param curves the methods; not modified
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if there is no point, {@code NON_FINITE} if no
   *     point has a positive, finite error or number of evaluations
   */
  public static BufferedImage draw(String title, List<WorkCurve> curves) {
    return draw(title, curves, Lettering.ofMachine());
  }

  static BufferedImage draw(String title, List<WorkCurve> curves, Lettering lettering) {
    int panelWidth = Panel.LEFT + WIDTH + Panel.RIGHT;
    int height =
        Math.max(Panel.TOP + HEIGHT + Panel.BOTTOM, (int) (Panel.TOP + (curves.size() + 1) * LINE));
    boolean timed =
        curves.stream().flatMapToDouble(c -> Arrays.stream(c.seconds())).anyMatch(time -> time > 0);
    int panels = timed ? 2 : 1;
    try (Canvas canvas = new Canvas(panels * panelWidth + LEGEND, height, lettering)) {
      panel(canvas, 0, curves, WorkCurve::evaluations).logFrame(title, "evaluations", "error");
      if (timed) {
        panel(canvas, panelWidth, curves, WorkCurve::seconds).logFrame("", "seconds", "error");
      }
      legend(canvas, panels * panelWidth, curves);
      return canvas.image();
    }
  }

  private static Panel panel(
      Canvas canvas, int left, List<WorkCurve> curves, Function<WorkCurve, double[]> work) {
    double[] works = logs(curves.stream().map(work).toList());
    double[] errors = logs(curves.stream().map(WorkCurve::errors).toList());
    for (int i = 0; i < errors.length; i++) {
      errors[i] = Math.min(errors[i], Math.log10(LARGEST_ERROR));
    }
    Limits limits = new Limits(Interval.around(works, 0, 0.04), Interval.around(errors, 0, 0.04));
    Rectangle2D box = new Rectangle2D.Double(left + Panel.LEFT, Panel.TOP, WIDTH, HEIGHT);
    Panel panel = new Panel(canvas, box, limits);
    for (WorkCurve curve : curves) {
      double[] x = logs(List.of(work.apply(curve)));
      double[] y = logs(List.of(curve.errors()));
      Color colour = colour(curve);
      panel.line(x, y, colour, 1.3, curve.dashed());
      for (int i = 0; i < x.length; i++) {
        panel.marker(x[i], y[i], colour, curve.marker());
      }
    }
    return panel;
  }

  private static Color colour(WorkCurve curve) {
    return Palette.SERIES.get(Math.floorMod(curve.colour(), Palette.SERIES.size()));
  }

  /** Logarithms to base 10, one array after the other; NaN where there is none. */
  private static double[] logs(List<double[]> arrays) {
    return arrays.stream()
        .flatMapToDouble(Arrays::stream)
        .map(value -> value > 0 ? Math.log10(value) : Double.NaN)
        .toArray();
  }

  private static void legend(Canvas canvas, double left, List<WorkCurve> curves) {
    for (int i = 0; i < curves.size(); i++) {
      WorkCurve curve = curves.get(i);
      Marker.sample(
          canvas,
          left,
          Panel.TOP + (i + 0.5) * LINE,
          colour(curve),
          curve.marker(),
          curve.dashed());
      canvas.text(
          curve.name(), left + 36, Panel.TOP + (i + 0.5) * LINE + 4, Canvas.Anchor.START, 12);
    }
  }
}
