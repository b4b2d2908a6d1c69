package org.fjordflow.model.images;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.imageio.ImageIO;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.internal.NpyFiles;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images read from folders, arrays and tables. */
class ImagesTest {

  @TempDir private Path folder;

  private static BufferedImage grey(int width, int height, int first) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < width * height; i++) {
      image.getRaster().setSample(i % width, i / width, 0, first + i);
    }
    return image;
  }

  private static BufferedImage filled(int type, int argb) {
    BufferedImage image = new BufferedImage(3, 2, type);
    for (int i = 0; i < 6; i++) {
      image.setRGB(i % 3, i / 3, argb);
    }
    return image;
  }

  private Path write(String name, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    assertTrue(ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile()));
    return file;
  }

  private Images read() {
    return Images.read(folder.toString());
  }

  private void assertRefused(ErrorKey key, String... said) {
    assertFails(key, this::read, said);
  }

  @Test
  void greyFilesKeepTheirLevelsLineByLineInTheOrderOfTheirNames() throws IOException {
    write("b.png", grey(3, 2, 100));
    write("a.png", grey(3, 2, 7));
    Images images = read();
    assertEquals(new ImageShape(2, 3, 1), images.shape());
    assertEquals(List.of("a.png", "b.png"), images.names());
    assertArrayEquals(new double[] {7, 8, 9, 10, 11, 12}, images.rows()[0]);
    assertArrayEquals(new double[] {100, 101, 102, 103, 104, 105}, images.rows()[1]);
    assertEquals(List.of(), images.classes());
    assertNull(images.context());
  }

  @Test
  void coloursAreRedGreenAndBlueOfEachPixelAndGreyOnesAmongThemAreBroughtToColour()
      throws IOException {
    write("a.png", filled(BufferedImage.TYPE_INT_RGB, 0xFF0A141E));
    write("b.png", filled(BufferedImage.TYPE_4BYTE_ABGR, 0xFF010203));
    write("c.png", grey(3, 2, 50));
    Images images = read();
    assertEquals(new ImageShape(2, 3, 3), images.shape());
    assertArrayEquals(new double[] {10, 20, 30}, Arrays.copyOf(images.rows()[0], 3));
    assertArrayEquals(new double[] {1, 2, 3}, Arrays.copyOf(images.rows()[1], 3));
    assertArrayEquals(new double[] {50, 50, 50, 51, 51, 51}, Arrays.copyOf(images.rows()[2], 6));
  }

  @Test
  void palettesAreReadAsTheirColoursAndGreyPalettesAsGrey() throws IOException {
    byte[] red = {0, (byte) 200};
    byte[] green = {0, 100};
    byte[] blue = {0, 50};
    IndexColorModel colours = new IndexColorModel(1, 2, red, green, blue);
    BufferedImage palette = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_BINARY, colours);
    palette.getRaster().setSample(2, 1, 0, 1);
    write("colours/a.png", palette);
    Images coloured = Images.read(folder.resolve("colours").toString());
    assertEquals(3, coloured.shape().channels());
    assertArrayEquals(new double[] {200, 100, 50}, Arrays.copyOfRange(coloured.rows()[0], 15, 18));
    BufferedImage bits = new BufferedImage(3, 2, BufferedImage.TYPE_BYTE_BINARY);
    bits.getRaster().setSample(1, 0, 0, 1);
    write("bits/a.png", bits);
    Images grey = Images.read(folder.resolve("bits").toString());
    assertArrayEquals(new double[] {0, 255, 0, 0, 0, 0}, grey.rows()[0]);
  }

  @Test
  void jpegsAreReadToo() throws IOException {
    BufferedImage flat = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 64; i++) {
      flat.getRaster().setSample(i % 8, i / 8, 0, 120);
    }
    write("a.jpg", flat);
    Images images = read();
    assertEquals(new ImageShape(8, 8, 1), images.shape());
    assertEquals(120, images.rows()[0][20], 2);
  }

  @Test
  void subFoldersAreClassesNumbersInTheirOrder() throws IOException {
    write("10/a.png", grey(2, 2, 0));
    write("9/a.png", grey(2, 2, 1));
    write("9/b.png", grey(2, 2, 2));
    Images images = read();
    assertEquals(List.of("9", "10"), images.classes());
    assertEquals(List.of("10/a.png", "9/a.png", "9/b.png"), images.names());
    assertArrayEquals(new int[] {1, 0, 0}, images.labels());
    ImageSpec spec = images.spec(PixelScale.logit());
    assertEquals(List.of(2.0 / 3, 1.0 / 3), spec.shares());
    double[][] context = Objects.requireNonNull(images.batch().context());
    assertArrayEquals(new double[] {0, 1}, context[0]);
    Images without = Images.read(folder.toString(), Images.Options.standard().unlabelled());
    assertEquals(List.of(), without.classes());
  }

  @Test
  void whatCannotBeReadIsRefusedInOneLineThatNamesTheFile() throws IOException {
    assertRefused(ErrorKey.SHAPE_MISMATCH, folder.toString(), "holds no picture");
    write("a.png", grey(3, 2, 0));
    Path other = write("b.png", grey(2, 3, 0));
    assertRefused(ErrorKey.SHAPE_MISMATCH, "b.png", "3 x 2", "a.png", "2 x 3");
    Files.write(other, Arrays.copyOf(Files.readAllBytes(folder.resolve("a.png")), 40));
    assertRefused(ErrorKey.FILE_DAMAGED, "b.png");
    Files.writeString(other, "no picture");
    assertRefused(ErrorKey.FILE_FORMAT, "b.png", "no picture");
    Files.delete(other);
    write("b.png", new BufferedImage(3, 2, BufferedImage.TYPE_USHORT_GRAY));
    assertRefused(ErrorKey.UNSUPPORTED, "b.png", "16 bits");
    write("b.png", filled(BufferedImage.TYPE_4BYTE_ABGR, 0x80010203));
    assertRefused(ErrorKey.UNSUPPORTED, "b.png", "transparent at column 1, line 1");
    Files.delete(other);
    write("class/c.png", grey(3, 2, 0));
    assertRefused(ErrorKey.INVALID_ARGUMENT, "a.png", "beside folders of classes (class)");
  }

  @Test
  void oneImageIsReadAndLeavesNoneToValidateOn() throws IOException {
    Path file = write("a.png", grey(3, 2, 4));
    Images images = Images.read(file.toString());
    assertEquals(List.of("a.png"), images.names());
    Images.Parts parts = images.split(0.1, 0.1, new RandomStreams(1).generator(Purpose.SPLIT));
    assertEquals(1, parts.train().size());
    assertNull(parts.validation());
  }

  @Test
  void idxFilesHaveShapeAndLabels() throws IOException {
    Path file = folder.resolve("images-idx3-ubyte");
    ByteBuffer bytes = ByteBuffer.allocate(16 + 12);
    bytes.putInt(0x803).putInt(2).putInt(2).putInt(3);
    for (int i = 0; i < 12; i++) {
      bytes.put((byte) (240 + i));
    }
    Files.write(file, bytes.array());
    Path labels = folder.resolve("labels-idx1-ubyte");
    Files.write(labels, new byte[] {0, 0, 8, 1, 0, 0, 0, 2, 7, 3});
    Images images =
        Images.read(file.toString(), Images.Options.standard().withLabels(labels.toString()));
    assertEquals(new ImageShape(2, 3, 1), images.shape());
    assertArrayEquals(new double[] {246, 247, 248, 249, 250, 251}, images.rows()[1]);
    assertEquals(List.of("3", "7"), images.classes());
    assertArrayEquals(new int[] {1, 0}, images.labels());
    Files.write(labels, new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 7});
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> Images.read(file.toString(), Images.Options.standard().withLabels(labels.toString())),
        "2 images with 1 labels",
        "labels-idx1-ubyte");
  }

  @Test
  void rowsOfCsvMayHaveTheClassBehindThePixels() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, "0,1,2,3,cat\n4,5,6,7,dog\n");
    Images.Options options = Images.Options.standard().withShape(new ImageShape(2, 2, 1));
    Images images = Images.read(file.toString(), options.withLevels(8));
    assertEquals(8, images.levels());
    assertEquals(List.of("cat", "dog"), images.classes());
    assertArrayEquals(new double[] {4, 5, 6, 7}, images.rows()[1]);
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Images.read(file.toString(), options.withLevels(7)),
        "rows.csv: image 1 has the number 7.0; expected whole numbers from 0 to 6");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Images.read(file.toString()), "--image HxWxC");
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () ->
            Images.read(
                file.toString(), Images.Options.standard().withShape(new ImageShape(3, 3, 1))),
        "5 columns",
        "9 numbers");
  }

  @Test
  void imagesWithoutClassBesideOthersAreNamedBeforeTraining() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, "0,1,cat\n4,5,\n3,2,dog\n");
    Images images =
        Images.read(file.toString(), Images.Options.standard().withShape(new ImageShape(1, 2, 1)));
    assertArrayEquals(new int[] {0, Images.UNKNOWN, 1}, images.labels());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> images.spec(PixelScale.logit()),
        "image 1 has no class",
        "--no-labels");
  }

  @Test
  void arraysOfOtherAxesAreRefused() throws IOException {
    Path file = folder.resolve("a.npy");
    NpyFiles.write(file, new double[][] {{1, 2}, {3, 4}}, 2);
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> Images.read(file.toString()), "a.npy", "[2, 2]", "--image");
    Images images =
        Images.read(file.toString(), Images.Options.standard().withShape(new ImageShape(1, 2, 1)));
    assertArrayEquals(new double[] {3, 4}, images.rows()[1]);
  }

  @Test
  void aModelGetsItsOwnClassesColoursAndLevels() {
    Images images =
        new Images(
            new ImageShape(1, 2, 1),
            256,
            new double[][] {{0, 5}, {3, 4}},
            List.of("a", "b"),
            List.of("x", "y"),
            new int[] {0, 1});
    ImageSpec spec =
        new ImageSpec(
            new ImageShape(1, 2, 3),
            256,
            PixelScale.logit(),
            0,
            null,
            List.of("y", "z"),
            List.of(0.5, 0.5));
    Images own = images.as(spec, "source");
    assertArrayEquals(new double[] {0, 0, 0, 5, 5, 5}, own.rows()[0]);
    assertArrayEquals(new int[] {Images.UNKNOWN, 0}, own.labels());
    ImageSpec few =
        new ImageSpec(
            new ImageShape(1, 2, 1), 5, PixelScale.logit(), 0, null, List.of(), List.of());
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> images.as(few, "source"), "source: image a has the level");
    ImageSpec large =
        new ImageSpec(
            new ImageShape(2, 2, 1), 256, PixelScale.logit(), 0, null, List.of(), List.of());
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> images.as(large, "source"), "1 x 2 x 1", "2 x 2 x 1");
  }

  @Test
  void scalesOfPixelsHaveNames() {
    for (String name : List.of("logit:1.0E-6", "logit:0.05", "scaled:-1.0:1.0", "scaled:0.0:2.0")) {
      assertEquals(name, PixelScale.of(name).toString());
    }
    assertEquals(PixelScale.logit(), PixelScale.of("logit"));
    assertEquals(PixelScale.scaled(), PixelScale.of("scaled"));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> PixelScale.of("log"), "pixels 'log'", "logit");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> PixelScale.of("scaled:1"), "scaled:1");
  }

  @Test
  void foldersAndPicturesBehindLinksAreReadOnceAndOnesThatLeadNowhereAreNamed() throws IOException {
    write("there/a/0.png", grey(3, 2, 1));
    write("there/b/0.png", grey(3, 2, 2));
    Path links = Files.createDirectories(folder.resolve("links"));
    Files.createSymbolicLink(links.resolve("a"), folder.resolve("there").resolve("a"));
    Files.createSymbolicLink(links.resolve("b"), folder.resolve("there").resolve("b"));
    Files.createSymbolicLink(links.resolve("b").resolve("round"), links);
    Path whole = Files.createSymbolicLink(folder.resolve("whole"), links);
    Images images = Images.read(whole.toString());
    assertEquals(List.of("a/0.png", "b/0.png"), images.names());
    assertEquals(List.of("a", "b"), images.classes());
    Files.createSymbolicLink(links.resolve("b").resolve("1.png"), folder.resolve("gone"));
    assertFails(ErrorKey.FILE_MISSING, () -> Images.read(whole.toString()), "1.png");
  }

  @Test
  void aNameThatIsNeitherFileNorFolderIsSaidToBeMissing() {
    String nowhere = folder.resolve("nowhere").toString();
    assertFails(ErrorKey.FILE_MISSING, () -> Images.read(nowhere), nowhere);
  }

  @Test
  void channelsInFrontAndASizeThatIsNotTheArraysAreRefused() throws IOException {
    Path file = folder.resolve("images.idx");
    ByteBuffer bytes = ByteBuffer.allocate(20 + 2 * 3 * 6 * 5);
    bytes.putInt(0x804).putInt(2).putInt(3).putInt(6).putInt(5);
    Files.write(file, bytes.array());
    Images.Options options = Images.Options.standard();
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> Images.read(file.toString(), options), "channels", "3x6x5");
    ImageShape meant = new ImageShape(3, 6, 5);
    assertEquals(meant, Images.read(file.toString(), options.withShape(meant)).shape());
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> Images.read(file.toString(), options.withShape(new ImageShape(6, 5, 3))),
        "[2, 3, 6, 5]");
  }

  @Test
  void shadesOfFewerLevelsAreTheLevelsThatAreDrawnAsThem() throws IOException {
    for (int levels : new int[] {2, 17, 100, 255}) {
      BufferedImage drawn = new BufferedImage(levels, 1, BufferedImage.TYPE_BYTE_GRAY);
      double[] expected = new double[levels];
      for (int k = 0; k < levels; k++) {
        drawn.getRaster().setSample(k, 0, 0, (int) Math.round(k * 255.0 / (levels - 1)));
        expected[k] = k;
      }
      Path file = write("levels.png", drawn);
      Images.Options options = Images.Options.standard().withLevels(levels);
      Images images = Images.read(file.toString(), options);
      assertEquals(levels, images.levels());
      assertArrayEquals(expected, images.rows()[0]);
    }
    Path between = write("between.png", grey(1, 1, 100));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Images.read(between.toString(), Images.Options.standard().withLevels(17)),
        "between.png",
        "100");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Images.read(between.toString(), Images.Options.standard().withLevels(300)),
        "300");
  }
}
