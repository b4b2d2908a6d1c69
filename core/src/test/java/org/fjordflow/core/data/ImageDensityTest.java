package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.ImageDensity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDensityTest {
  /** Darkness 3 at the top left, 1 at the top right, 0 and 4 below. */
  private static final ImageDensity FOUR = new ImageDensity(new double[][] {{0.25, 0.75}, {1, 0}});

  @TempDir Path folder;

  static BufferedImage gradient(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, 255 * (x + y) / (width + height - 2));
      }
    }
    return image;
  }

  @Test
  void densityIsUprightAndExact() {
    // Cells of area 16 with probabilities 3/8, 1/8, 0 and 4/8.
    assertEquals(Math.log(3.0 / 8 / 16), FOUR.logProb(-1, 1), 1e-12);
    assertEquals(Math.log(1.0 / 8 / 16), FOUR.logProb(3.9, 3.9), 1e-12);
    assertEquals(Double.NEGATIVE_INFINITY, FOUR.logProb(-1, -1));
    assertEquals(Math.log(4.0 / 8 / 16), FOUR.logProb(1, -1), 1e-12);
    for (double outside : new double[] {4.01, -4.01, Double.NaN, 1.0 / 0}) {
      assertEquals(Double.NEGATIVE_INFINITY, FOUR.logProb(outside, 1));
    }
  }

  @Test
  void samplesFollowTheDensity() {
    long seed = 11;
    int n = 100_000;
    double[][] points = FOUR.sample(n, new SplittableRandom(seed));
    double mean = 0;
    double square = 0;
    double topLeft = 0;
    for (double[] point : points) {
      double logProb = FOUR.logProb(point[0], point[1]);
      mean += logProb / n;
      square += logProb * logProb / n;
      topLeft += point[0] < 0 && point[1] > 0 ? 1.0 / n : 0;
    }
    double error = Math.sqrt((square - mean * mean) / n);
    assertEquals(-FOUR.entropy(), mean, 5 * error, "seed " + seed);
    assertEquals(3.0 / 8, topLeft, 5 * Math.sqrt(3.0 / 8 * 5 / 8 / n), "seed " + seed);
    // Uniform within a cell: the mean of x over the top left cell is -2, its variance 16 / 12.
    double sum = 0;
    double count = 0;
    for (double[] point : points) {
      if (point[0] < 0) {
        sum += point[0];
        count++;
      }
    }
    assertEquals(-2, sum / count, 5 * Math.sqrt(16.0 / 12 / count), "seed " + seed);
    assertArrayEquals(points[99], FOUR.sample(100, new SplittableRandom(seed))[99]);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_BYTE_GRAY,
        BufferedImage.TYPE_USHORT_GRAY,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_BYTE_INDEXED
      })
  void greyValuesAreTakenAsStored(int type) throws IOException {
    // Of white, mid-grey 102 of 255 and black, the grey cell has darkness 0.6.
    BufferedImage image = new BufferedImage(3, 1, type);
    int[] values = {255, 102, 0};
    for (int x = 0; x < 3; x++) {
      if (type == BufferedImage.TYPE_BYTE_GRAY || type == BufferedImage.TYPE_USHORT_GRAY) {
        int depth = type == BufferedImage.TYPE_BYTE_GRAY ? 1 : 257;
        image.getRaster().setSample(x, 0, 0, values[x] * depth);
      } else {
        image.setRGB(x, 0, 0xFF000000 | values[x] * 0x010101);
      }
    }
    Path path = folder.resolve("grey.png");
    ImageIO.write(image, "png", path.toFile());
    ImageDensity density = ImageDensity.read(path);
    double ratio = Math.exp(density.logProb(0, 0) - density.logProb(3, 0));
    assertEquals(0.6, ratio, 1e-9);
    assertEquals(Double.NEGATIVE_INFINITY, density.logProb(-3, 0));
  }

  @Test
  void transparencyIsWhite() throws IOException {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_4BYTE_ABGR);
    image.setRGB(0, 0, 0x00000000);
    image.setRGB(1, 0, 0xFF000000);
    Path path = folder.resolve("clear.png");
    ImageIO.write(image, "png", path.toFile());
    ImageDensity density = ImageDensity.read(path);
    assertEquals(Double.NEGATIVE_INFINITY, density.logProb(-2, 0));
    assertEquals(-Math.log(32), density.logProb(2, 0), 1e-12);
  }

  @Test
  void readsLossyPictures() throws IOException {
    Path path = folder.resolve("gradient.jpg");
    assertTrue(ImageIO.write(gradient(32, 24), "jpg", path.toFile()));
    ImageDensity density = ImageDensity.read(path);
    assertTrue(density.logProb(-3.9, 3.9) > density.logProb(0, 0));
    assertTrue(density.logProb(0, 0) > density.logProb(3.5, -3.5));
  }

  @Test
  void refusesWhatIsNoPicture() throws IOException {
    Path text = Files.writeString(folder.resolve("text.png"), "not a picture");
    assertFails(ErrorKey.FILE_FORMAT, () -> ImageDensity.read(text), "text.png");
    assertFails(ErrorKey.FILE_MISSING, () -> ImageDensity.read(folder.resolve("none.png")));
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> new ImageDensity(new double[][] {{0.5, 0.5}, {0.5, 0.5}}));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new ImageDensity(new double[0][]));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new ImageDensity(new double[][] {{1, 0}, {1}}));
    assertFails(ErrorKey.NON_FINITE, () -> new ImageDensity(new double[][] {{1, Double.NaN}}));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> FOUR.sample(-1, new SplittableRandom(1)));
  }
}
