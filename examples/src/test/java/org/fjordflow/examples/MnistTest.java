package org.fjordflow.examples;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Tables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training on images, on small ones that are made here. */
final class MnistTest {

  private static final ImageShape SHAPE = new ImageShape(4, 4, 1);
  private static final int VALIDATION_LOSS = 7;

  @TempDir private Path folder;

  /** A bright bar on black, at one of four places. */
  private static double[][] bars(int n, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[][] images = new double[n][SHAPE.size()];
    for (double[] image : images) {
      int bar = random.nextInt(4);
      for (int i = 0; i < 4; i++) {
        image[SHAPE.column(i, bar, 0)] = random.nextInt(200, 256);
      }
    }
    return images;
  }

  private static ImageData data() {
    return new ImageData(SHAPE, bars(300, 1), bars(60, 2), bars(60, 3));
  }

  private static ImageSettings settings(ImageModel model, long steps) {
    return new ImageSettings(model, model == ImageModel.MAF, 2, 2, 8, 3, steps, 32, 5e-3, 4, 7);
  }

  private ImageTraining.Result run(
      String name, ImageSettings settings, boolean resume, LongPredicate stops) {
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      return new ImageTraining(settings, data(), folder.resolve(name), silent)
          .run(2, resume, stops, 9);
    }
  }

  private static final int STEPS = 100;

  @ParameterizedTest
  @EnumSource
  void bitsFallAndThereAreFiles(ImageModel model) throws IOException {
    ImageTraining.Result result = run("a", settings(model, STEPS), false, step -> false);
    double[] curve = Tables.readWithGaps(folder.resolve("a/curve.csv")).column(VALIDATION_LOSS);
    assertEquals(STEPS, curve.length);
    double first = curve[3];
    double last = curve[STEPS - 1];
    assertTrue(last < first - 0.2, first + " to " + last);
    assertEquals(last, result.testBits(), 0.5);
    assertTrue(result.testBits() > 0, "fewer bits than none: " + result.testBits());
    // Three images of 8 x 8 with a gap of 2 around.
    assertEquals(32, ImageIO.read(folder.resolve("a/samples.png").toFile()).getWidth());
    String picture = Files.readString(folder.resolve("a/curve.svg"));
    assertTrue(picture.contains("<polyline") && picture.endsWith("</svg>\n"), picture);
  }

  @ParameterizedTest
  @EnumSource
  void aResumedTrainingHasTheBitsOfOneThatWasNotStopped(ImageModel model) throws IOException {
    ImageSettings settings = settings(model, 10);
    ImageTraining.Result whole = run("whole", settings, false, step -> false);
    run("parts", settings, false, step -> step == 5);
    ImageTraining.Result parts = run("parts", settings, true, step -> false);
    assertArrayEquals(
        whole.training().state().values().parameters(),
        parts.training().state().values().parameters());
    assertEquals(whole.testBits(), parts.testBits());
    for (String file :
        new String[] {"checkpoint.safetensors", "model.safetensors", "samples.png"}) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("whole").resolve(file)),
          Files.readAllBytes(folder.resolve("parts").resolve(file)),
          file);
    }
    double[] steps = Tables.readWithGaps(folder.resolve("parts/curve.csv")).column(0);
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, steps);
  }

  @Test
  void aTrainingIsNotOverwrittenNorGoneOnWithOtherwise() {
    run("a", settings(ImageModel.MAF, 2), false, step -> false);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> run("a", settings(ImageModel.MAF, 2), false, step -> false),
        "--resume");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> run("a", settings(ImageModel.GLOW, 2), true, step -> false),
        "same options");
    assertFails(
        ErrorKey.FILE_MISSING, () -> run("b", settings(ImageModel.MAF, 2), true, step -> false));
  }

  @Test
  void theProgramReadsFilesAndSaysInOneLineWhatIsWrong() throws IOException {
    writeImages("train-images-idx3-ubyte.gz", bars(80, 1));
    writeImages("t10k-images-idx3-ubyte.gz", bars(20, 2));
    ImageData read = ImageData.read(folder, 30);
    assertEquals(SHAPE, read.shape());
    assertTrue(Arrays.deepEquals(bars(80, 1), joined(read.train(), read.heldOut())));
    assertTrue(Arrays.deepEquals(bars(20, 2), read.test()));
    String[] options = {
      "--model",
      "maf",
      "--data",
      folder.toString(),
      "--out",
      folder.resolve("run").toString(),
      "--held-out",
      "30",
      "--layers",
      "1",
      "--hidden",
      "6",
      "--steps",
      "4",
      "--interval",
      "2",
      "--batch",
      "16",
      "--samples",
      "4",
      "--pixels",
      "centred",
      "--threads",
      "1"
    };
    assertEquals(0, Mnist.execute(options));
    assertEquals(1, Mnist.execute(options), "there is a training already");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> ImageData.read(folder, 80).shape());
    assertFails(ErrorKey.FILE_MISSING, () -> ImageData.read(folder.resolve("no"), 80).shape());
  }

  private static double[][] joined(double[][] a, double[][] b) {
    double[][] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    return all;
  }

  private void writeImages(String name, double[][] images) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(folder.resolve(name))))) {
      out.writeInt(0x0803);
      out.writeInt(images.length);
      out.writeInt(SHAPE.height());
      out.writeInt(SHAPE.width());
      for (double[] image : images) {
        for (double level : image) {
          out.writeByte((int) level);
        }
      }
    }
  }
}
