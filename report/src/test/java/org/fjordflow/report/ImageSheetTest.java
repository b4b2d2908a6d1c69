package org.fjordflow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.junit.jupiter.api.Test;

/** Sheets of images. */
class ImageSheetTest {

  @Test
  void levelsAreShadesFromBlackToWhiteLineByLine() {
    ImageShape shape = new ImageShape(1, 2, 1);
    BufferedImage sheet = ImageSheet.draw(shape, 5, new double[][] {{0, 4}, {2, 1}, {3, 0}}, 2, 3);
    assertEquals(2 + 2 * (6 + 2), sheet.getWidth());
    assertEquals(2 + 2 * (3 + 2), sheet.getHeight());
    assertEquals(0, sheet.getRaster().getSample(2, 2, 0));
    assertEquals(255, sheet.getRaster().getSample(5, 4, 0));
    assertEquals(128, sheet.getRaster().getSample(10, 2, 0));
    assertEquals(191, sheet.getRaster().getSample(2, 7, 0));
  }

  @Test
  void aSingleOneKeepsItsLevelsAndThreeChannelsAreColours() {
    ImageShape shape = new ImageShape(1, 2, 3);
    BufferedImage image = ImageSheet.single(shape, 256, new double[] {1, 2, 3, 250, 251, 252});
    assertEquals(2, image.getWidth());
    assertEquals(0xFF010203, image.getRGB(0, 0));
    assertEquals(0xFFFAFBFC, image.getRGB(1, 0));
    FjordException wrong =
        assertThrows(FjordException.class, () -> ImageSheet.draw(shape, 256, new double[0][], 0));
    assertEquals(ErrorKey.INVALID_ARGUMENT, wrong.key());
  }
}
