package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.RowSelection;

/** Samples of the flow beside the data. */
public final class SamplesPicture {
  private static final int BOX = 360;
  private static final int POINTS = 5000;

  private SamplesPicture() {}

  /**
   * Draws data and samples: in two dimensions as two panels with the same limits, taken from the
   * data; otherwise as histograms of the first columns, at most five, and a panel for each pair of
   * them. Of many rows some thousand are drawn; rows with values that are not finite are left out.
   *
   * @param data rows of the data; not modified
   * @param samples rows drawn from the flow; not modified
   * @param names names of the columns, or an empty list for x1, x2, ...
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if there is no data or no sample, {@code
   *     SHAPE_MISMATCH} if numbers of columns differ, {@code NON_FINITE} if a column of the data
   *     has no finite value
   */
  public static BufferedImage draw(double[][] data, double[][] samples, List<String> names) {
    return draw(data, samples, names, Lettering.ofMachine());
  }

  static BufferedImage draw(
      double[][] data, double[][] samples, List<String> names, Lettering lettering) {
    int columns = Rows.requireColumns(data, 1, "data");
    int sampled = Rows.requireColumns(samples, 1, "samples");
    if (sampled != columns || !(names.isEmpty() || names.size() == columns)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "data of "
              + columns
              + " columns, samples of "
              + sampled
              + " and "
              + names.size()
              + " names; expected as many samples' columns and names as the data's, or no names");
    }
    return columns == 2
        ? sideBySide(data, samples, names, lettering)
        : PairPlot.draw(data, samples, names, lettering);
  }

  private static BufferedImage sideBySide(
      double[][] data, double[][] samples, List<String> names, Lettering lettering) {
    Limits limits = Limits.around(data);
    int panelWidth = Panel.LEFT + BOX + Panel.RIGHT;
    int height = Panel.TOP + BOX + Panel.BOTTOM;
    try (Canvas canvas = new Canvas(2 * panelWidth, height, lettering)) {
      double[][][] sets = {data, samples};
      for (int i = 0; i < 2; i++) {
        Color colour = i == 0 ? Palette.BLUE : Palette.RED;
        Rectangle2D box = new Rectangle2D.Double(i * panelWidth + Panel.LEFT, Panel.TOP, BOX, BOX);
        Panel panel = new Panel(canvas, box, limits);
        panel.points(
            RowSelection.thinned(sets[i], POINTS), 0, 1, Palette.translucent(colour, 0.55), 1.3);
        panel.frame(i == 0 ? "data" : "samples", Rows.name(names, 0), Rows.name(names, 1));
      }
      return canvas.image();
    }
  }
}
