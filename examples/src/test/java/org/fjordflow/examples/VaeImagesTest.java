package org.fjordflow.examples;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;
import javax.imageio.ImageIO;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Autoencoders of images, on small ones that are made here. */
final class VaeImagesTest {

  private static final ImageShape SHAPE = new ImageShape(4, 4, 1);

  @TempDir private Path folder;

  /** A grey slope, up or down, of some steepness. */
  private static double[][] slopes(int n, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[][] images = new double[n][SHAPE.size()];
    for (double[] image : images) {
      double steepness = random.nextDouble(-30, 30);
      for (int e = 0; e < image.length; e++) {
        int line = e / SHAPE.width();
        image[e] = Math.rint(128 + steepness * (line - 1.5) + random.nextDouble(-3, 3));
      }
    }
    return images;
  }

  private static VaeSettings settings(VaePosterior posterior, long steps) {
    return new VaeSettings(VaeSet.FREYFACES, posterior, 8, 12, steps, 20, 5e-3, 0.1, 4, 2, 7);
  }

  private final double[] bound = new double[1];

  private TrainingResult run(String name, VaeSettings settings, LongPredicate stops)
      throws IOException {
    ImageData data = new ImageData(SHAPE, slopes(100, 1), slopes(20, 2), slopes(20, 3));
    return new VaeTraining(settings, data, folder.resolve(name))
        .run(
            1,
            stops,
            (vae, images) ->
                bound[0] =
                    Arrays.stream(vae.elbo(images.test(), 4, new SplittableRandom(5)))
                        .average()
                        .orElseThrow(),
            new TrainingListener() {});
  }

  @Test
  void boundGrowsAndThereArePictures() throws IOException {
    run("short", settings(VaePosterior.PLANAR, 1), step -> false);
    double untrained = bound[0];
    run("long", settings(VaePosterior.PLANAR, 300), step -> false);
    // Levels that are equally likely have -88.7 nats.
    assertTrue(bound[0] > untrained + 10 && bound[0] > -80, untrained + " to " + bound[0]);
    // Images of 8 x 8 with a gap of 2 around.
    Path own = folder.resolve("long");
    assertEquals(82, ImageIO.read(own.resolve("samples.png").toFile()).getWidth());
    assertEquals(22, ImageIO.read(own.resolve("reconstructions.png").toFile()).getHeight());
    assertEquals(102, ImageIO.read(own.resolve("interpolations.png").toFile()).getWidth());
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "IAF", "SYLVESTER", "FFJORD"})
  void aResumedTrainingHasTheBitsOfOneThatWasNotStopped(VaePosterior posterior) throws IOException {
    VaeSettings settings = settings(posterior, 6);
    TrainingResult whole = run("whole", settings, step -> false);
    run("parts", settings, step -> step == 3);
    assertTrue(Files.notExists(folder.resolve("parts/model.safetensors")), "not trained yet");
    TrainingResult parts = run("parts", settings, step -> false);
    assertArrayEquals(whole.state().values().parameters(), parts.state().values().parameters());
    for (String file : new String[] {"model.safetensors", "samples.png"}) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("whole").resolve(file)),
          Files.readAllBytes(folder.resolve("parts").resolve(file)),
          file);
    }
  }

  @Test
  void aTrainingIsNotGoneOnWithOtherwise() throws IOException {
    run("a", settings(VaePosterior.NONE, 2), step -> false);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> run("a", settings(VaePosterior.RADIAL, 2), step -> false),
        "another folder");
  }
}
