package org.fjordflow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DensityPictureTest {
  private static final int BOX = 800;
  private static final int LEFT = Panel.LEFT * Canvas.SCALE;
  private static final int TOP = Panel.TOP * Canvas.SCALE;
  private static final Limits LIMITS = new Limits(new Interval(-4, 4), new Interval(-4, 4));

  /** Middles of cells: elsewhere the brightest place of the interpolation is the nearest middle. */
  @ParameterizedTest
  @CsvSource({"0.02,0.02", "1.3,-2.22", "-2.14,0.9", "-3.1,-3.1", "2.94,3.02"})
  void theBrightestPixelLiesAtTheMode(double modeX, double modeY) {
    BufferedImage picture =
        DensityPicture.draw(
            rows ->
                Arrays.stream(rows)
                    .mapToDouble(
                        row -> -2 * (Math.pow(row[0] - modeX, 2) + Math.pow(row[1] - modeY, 2)))
                    .toArray(),
            LIMITS,
            200);
    int brightest = -1;
    int atX = 0;
    int atY = 0;
    for (int y = 5; y < BOX - 5; y++) {
      for (int x = 5; x < BOX - 5; x++) {
        int rgb = picture.getRGB(LEFT + x, TOP + y);
        int light = ((rgb >> 16) & 0xff) + ((rgb >> 8) & 0xff) + (rgb & 0xff);
        if (light > brightest) {
          brightest = light;
          atX = x;
          atY = y;
        }
      }
    }
    assertEquals((modeX + 4) / 8 * BOX, atX + 0.5, 1.5);
    assertEquals((4 - modeY) / 8 * BOX, atY + 0.5, 1.5);
  }

  @Test
  void everyPixelHasTheColourOfItsDensity() {
    BufferedImage picture = DensityPicture.draw(Gallery::logProbOfEight, LIMITS, 200);
    assertEquals(2 * (Panel.TOP + 400 + Panel.BOTTOM), picture.getHeight());
    // All eight modes lie on cells' corners or near them, so the largest cell is a little below.
    double highest = Gallery.logProbOfEight(new double[][] {{4 / 1.414, 0}})[0];
    for (int y = 5; y < BOX - 5; y += 7) {
      for (int x = 5; x < BOX - 5; x += 7) {
        double[] point = {-4 + (x + 0.5) / 100, 4 - (y + 0.5) / 100};
        double share = Math.exp(Gallery.logProbOfEight(new double[][] {point})[0] - highest);
        int expected = ColourMap.MAGMA.rgb(share);
        int actual = picture.getRGB(LEFT + x, TOP + y);
        for (int shift = 0; shift <= 16; shift += 8) {
          assertEquals(
              (expected >> shift) & 0xff, (actual >> shift) & 0xff, 6, "at " + x + "," + y);
        }
      }
    }
  }

  @Test
  void unknownPlacesAreGreyAndImpossibleOnesDark() {
    BufferedImage picture =
        DensityPicture.draw(
            rows ->
                Arrays.stream(rows)
                    .mapToDouble(
                        row ->
                            row[0] > 2
                                ? Double.NaN
                                : row[0] < -2
                                    ? Double.NEGATIVE_INFINITY
                                    : row[1] > 3 ? Double.POSITIVE_INFINITY : 800)
                    .toArray(),
            LIMITS,
            50);
    int middle = TOP + BOX / 2;
    assertEquals(ColourMap.MAGMA.rgb(Double.NaN), picture.getRGB(LEFT + 750, middle) & 0xffffff);
    assertEquals(ColourMap.MAGMA.rgb(0), picture.getRGB(LEFT + 50, middle) & 0xffffff);
    assertEquals(ColourMap.MAGMA.rgb(1), picture.getRGB(LEFT + BOX / 2, middle) & 0xffffff);
    assertEquals(
        ColourMap.MAGMA.rgb(Double.NaN), picture.getRGB(LEFT + BOX / 2, TOP + 20) & 0xffffff);
  }

  @ParameterizedTest
  @CsvSource({"NaN", "-Infinity", "Infinity"})
  void aDensityFiniteNowhereIsRefused(double value) {
    assertKey(ErrorKey.NON_FINITE, rows -> filled(rows.length, value), 10);
  }

  @Test
  void wrongSizesAreRefused() {
    assertKey(ErrorKey.SHAPE_MISMATCH, rows -> new double[rows.length - 1], 10);
    assertKey(ErrorKey.INVALID_ARGUMENT, rows -> new double[rows.length], 1);
  }

  @Test
  void colourMapsGrowBrighterAndClampTheirEnds() {
    for (ColourMap map : ColourMap.values()) {
      double before = -1;
      for (int i = 0; i <= 100; i++) {
        int rgb = map.rgb(i / 100.0);
        double luminance =
            0.2126 * ((rgb >> 16) & 0xff) + 0.7152 * ((rgb >> 8) & 0xff) + 0.0722 * (rgb & 0xff);
        assertTrue(luminance > before, map + " at " + i);
        before = luminance;
      }
      assertEquals(map.rgb(0), map.rgb(-3));
      assertEquals(map.rgb(1), map.rgb(Double.POSITIVE_INFINITY));
    }
  }

  private static void assertKey(ErrorKey key, DensityFunction density, int cells) {
    FjordException error =
        assertThrows(
            FjordException.class,
            () -> {
              DensityPicture.draw(density, LIMITS, cells);
            });
    assertEquals(key, error.key());
  }

  private static double[] filled(int length, double value) {
    double[] values = new double[length];
    Arrays.fill(values, value);
    return values;
  }
}
