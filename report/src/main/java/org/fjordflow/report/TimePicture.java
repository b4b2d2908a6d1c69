package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** A quantity against the time that it took, in logarithms, of several models. */
public final class TimePicture {
  private static final int WIDTH = 320;
  private static final int HEIGHT = 260;
  private static final int LEGEND = 220;
  private static final double LINE = 17;

  private TimePicture() {}

  /**
   * Draws one panel and, where wanted, a legend beside it.
   *
   * @param title what the picture shows
   * @param quantity what the curves' values are
   * @param curves with positive seconds in place of steps, as many as there are colours at most
   *     look different; not modified
   * @param legend whether names are written beside the panel
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if no curve has a finite value
   */
  public static BufferedImage draw(
      String title, String quantity, List<Curve> curves, boolean legend) {
    double[] seconds =
        curves.stream().flatMapToDouble(c -> Arrays.stream(c.steps())).map(Math::log10).toArray();
    double[] values =
        curves.stream()
            .flatMapToDouble(c -> Arrays.stream(c.values()))
            .filter(Double::isFinite)
            .toArray();
    if (values.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no curve of '" + title + "' has a finite value");
    }
    Limits limits = new Limits(Interval.around(seconds, 0, 0.04), Interval.around(values, 0, 0.04));
    int width = Panel.LEFT + WIDTH + Panel.RIGHT + (legend ? LEGEND : 0);
    try (Canvas canvas =
        new Canvas(width, Panel.TOP + HEIGHT + Panel.BOTTOM, Lettering.ofMachine())) {
      Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, WIDTH, HEIGHT);
      Panel panel = new Panel(canvas, box, limits);
      for (int i = 0; i < curves.size(); i++) {
        Curve curve = curves.get(i).withoutGaps();
        double[] x = Arrays.stream(curve.steps()).map(Math::log10).toArray();
        panel.line(x, curve.values(), colour(i), 1.3);
        for (int k = 0; k < x.length; k++) {
          panel.marker(x[k], curve.values()[k], colour(i), i);
        }
        if (legend) {
          double left = Panel.LEFT + WIDTH + Panel.RIGHT;
          double top = Panel.TOP + (i + 0.5) * LINE;
          Marker.sample(canvas, left, top, colour(i), i, false);
          canvas.text(curve.name(), left + 36, top + 4, Canvas.Anchor.START, 12);
        }
      }
      panel.timeFrame(title, "seconds", quantity);
      return canvas.image();
    }
  }

  private static Color colour(int series) {
    return Palette.SERIES.get(Math.floorMod(series, Palette.SERIES.size()));
  }
}
