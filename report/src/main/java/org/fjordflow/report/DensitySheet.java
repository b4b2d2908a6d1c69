package org.fjordflow.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.report.Canvas.Anchor;

/** Densities in the plane as a table of small pictures, the brightest place of each equally so. */
public final class DensitySheet {
  private static final int BOX = 60;
  private static final int GAP = 4;
  private static final int EDGE = 20;
  private static final double TEXT = 9;

  private DensitySheet() {}

  /**
   * Draws exp(logProb) of every density over the same part of the plane, as {@link DensityPicture}
   * does.
   *
   * @param rows densities, as many in each row as there are columns
   * @param rowNames of the rows, at their left
   * @param columnNames of the columns, above them
   * @param limits the part of the plane; made square
   * @param cells the number of cells along each axis, at least 2
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if there are fewer than two cells, or no rows;
   *     {@code SHAPE_MISMATCH} for another number of names or densities; as {@link DensityPicture}
   */
  public static BufferedImage draw(
      List<List<DensityFunction>> rows,
      List<String> rowNames,
      List<String> columnNames,
      Limits limits,
      int cells) {
    if (cells < 2 || rows.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d rows of densities on %d cells; give at least 1 and 2".formatted(rows.size(), cells));
    }
    int columns = columnNames.size();
    if (rowNames.size() != rows.size() || rows.stream().anyMatch(row -> row.size() != columns)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "rows of %s densities with the names %s and %s"
              .formatted(rows.stream().map(List::size).toList(), rowNames, columnNames));
    }
    Limits square = limits.squared();
    int width = EDGE + columns * (BOX + GAP);
    int height = EDGE + rows.size() * (BOX + GAP);
    try (Canvas canvas = new Canvas(width, height, Lettering.ofMachine())) {
      for (int j = 0; j < columns; j++) {
        double middle = EDGE + j * (BOX + GAP) + BOX / 2.0;
        canvas.text(columnNames.get(j), middle, EDGE - 6, Anchor.MIDDLE, TEXT);
      }
      for (int i = 0; i < rows.size(); i++) {
        int top = EDGE + i * (BOX + GAP);
        canvas.textUpwards(rowNames.get(i), EDGE - 6, top + BOX / 2.0, TEXT);
        for (int j = 0; j < columns; j++) {
          Rectangle2D box = new Rectangle2D.Double(EDGE + j * (BOX + GAP), top, BOX, BOX);
          Panel panel = new Panel(canvas, box, square);
          panel.heat(DensityPicture.shade(rows.get(i).get(j), square, cells));
        }
      }
      return canvas.image();
    }
  }
}
