package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits of pixels, pictures, and a few steps of training where the digits are there. */
class TarFlowDigitsTest {

  @TempDir private Path folder;

  @Test
  void pixelsStayInTheirLevel() {
    double[][] levels = new double[100][64];
    levels[3][5] = 16;
    BatchSource digits = BatchSource.shuffled(new Batch(levels, new double[100][10]));
    Batch anywhere = Digits.anywhere(digits).batch(1, 100, new RandomStreams(1));
    double[][] back = Digits.PIXELS.undo(anywhere.rows());
    double sum = 0;
    for (double[] row : back) {
      sum += Arrays.stream(row).sum();
    }
    assertEquals(16, sum);
    double[] centred = Digits.centred(new Batch(levels, new double[100][10])).rows()[3];
    assertEquals(16.0 / 17, centred[5], 1e-12);
    assertEquals(-16.0 / 17, centred[6], 1e-12);
  }

  @Test
  void picturesHaveACellForEachDigit() throws IOException {
    Path file = folder.resolve("digits.png");
    double[][] digits = new double[11][64];
    digits[10][63] = 1;
    Digits.write(file, digits);
    BufferedImage picture = ImageIO.read(file.toFile());
    assertEquals(10 * 34 + 2, picture.getWidth());
    assertEquals(2 * 34 + 2, picture.getHeight());
    assertEquals(255, picture.getRaster().getSample(2 + 31, 36 + 31, 0));
    assertEquals(128, picture.getRaster().getSample(2, 2, 0));
  }

  @Test
  void aFewStepsBringBitsDown() {
    String data = System.getenv("FJORD_DATA");
    assumeTrue(data != null, "FJORD_DATA names no folder of real data");
    Path digits = Path.of(data, "optdigits");
    TarFlowDigits.Result untrained = TarFlowDigits.run(digits, 0, 1, null);
    TarFlowDigits.Result trained = TarFlowDigits.run(digits, 12, 1, folder.resolve("samples.png"));
    assertTrue(
        trained.bitsPerDimension() < untrained.bitsPerDimension() - 0.1,
        untrained.bitsPerDimension() + " before, " + trained.bitsPerDimension() + " after");
    assertTrue(folder.resolve("samples.png").toFile().length() > 0);
  }
}
