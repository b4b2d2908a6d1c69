package org.fjordflow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;

final class DensitySheetTest {
  private static final Limits LIMITS = new Limits(new Interval(-4, 4), new Interval(-4, 4));

  private static DensityFunction around(double x, double y) {
    return rows ->
        Arrays.stream(rows)
            .mapToDouble(r -> -2 * (Math.pow(r[0] - x, 2) + Math.pow(r[1] - y, 2)))
            .toArray();
  }

  @Test
  void eachDensityIsAtItsPlace() {
    List<List<DensityFunction>> rows =
        List.of(List.of(around(0, 0), around(2, 2)), List.of(around(-2, 2), around(3, -3)));
    BufferedImage sheet =
        DensitySheet.draw(rows, List.of("a", "b"), List.of("c", "d"), LIMITS, 100);
    double[][][] modes = {{{0, 0}, {2, 2}}, {{-2, 2}, {3, -3}}};
    // In pixels: 40 for the names, 120 for a density, 8 between
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 2; j++) {
        int x = (int) (40 + j * 128 + (modes[i][j][0] + 4) / 8 * 120);
        int y = (int) (40 + i * 128 + (4 - modes[i][j][1]) / 8 * 120);
        int light = light(sheet, x, y);
        assertEquals(0xfc + 0xfd + 0xbf, light, 40, i + " " + j);
        assertEquals(4, light(sheet, 40 + j * 128 + 2, 40 + i * 128 + 2), 1);
      }
    }
  }

  private static int light(BufferedImage picture, int x, int y) {
    int rgb = picture.getRGB(x, y);
    return ((rgb >> 16) & 0xff) + ((rgb >> 8) & 0xff) + (rgb & 0xff);
  }

  @Test
  void namesAreAsManyAsDensities() {
    List<List<DensityFunction>> rows = List.of(List.of(around(0, 0)));
    assertEquals(ErrorKey.SHAPE_MISMATCH, keyOf(rows, List.of("a"), List.of("c", "d")));
    assertEquals(ErrorKey.SHAPE_MISMATCH, keyOf(rows, List.of(), List.of("c")));
    assertEquals(ErrorKey.INVALID_ARGUMENT, keyOf(List.of(), List.of(), List.of()));
  }

  private static ErrorKey keyOf(
      List<List<DensityFunction>> rows, List<String> rowNames, List<String> columnNames) {
    return assertThrows(
            FjordException.class, () -> DensitySheet.draw(rows, rowNames, columnNames, LIMITS, 10))
        .key();
  }
}
