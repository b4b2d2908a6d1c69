package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.Batch;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.fjordflow.model.images.VariationalNoise;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of images whose noise within levels is drawn by a flow. */
class VariationalImagesTest {

  private static final int LEVELS = 8;

  private static ImageSpec two(PixelScale pixels) {
    return new ImageSpec(new ImageShape(1, 2, 1), LEVELS, pixels, 0, null, List.of(), List.of());
  }

  private static FlowSpec spec(PixelScale pixels) {
    return FlowSpec.of(Flows.maf(2, 3, 8))
        .withImages(two(pixels).withVariational(new VariationalNoise(2, 6)))
        .withDtype("float64");
  }

  /** A model that has learned something by chance. */
  private static FlowModel model(FlowSpec spec, double learned) {
    FlowModel model = FlowModel.create(spec, /* seed= */ 3);
    Random random = new Random(11);
    double[] values = model.parameters().get();
    Arrays.setAll(values, i -> values[i] + learned * random.nextGaussian());
    model.parameters().set(values);
    return model;
  }

  private static double[][] all() {
    return IntStream.range(0, LEVELS * LEVELS)
        .mapToObj(i -> new double[] {Math.floorDiv(i, LEVELS), i % LEVELS})
        .toArray(double[][]::new);
  }

  /** The logarithm of an image's probability: the density integrated over its cell. */
  private static double logProbability(FlowModel model, double[] image) {
    int cells = 64;
    Dequantization pixels = Objects.requireNonNull(model.config().images()).dequantization();
    double[][] line = new double[cells * cells][];
    for (int i = 0; i < line.length; i++) {
      line[i] =
          new double[] {
            pixels.toLine(image[0], (Math.floorDiv(i, cells) + 0.5) / cells),
            pixels.toLine(image[1], (i % cells + 0.5) / cells)
          };
    }
    double[] logProb = model.flow().logProb(line, Context.none(), new Random(0));
    double[] bits = pixels.bitsPerDimension(logProb, line);
    return Math.log(
        Arrays.stream(bits)
            .map(b -> Math.exp(-b / Dequantization.bitsPerNat(2)))
            .average()
            .orElseThrow());
  }

  @Test
  void bitsAreAnUpperBoundOfThoseOfTheProbabilitiesAndErrorsAreRight() {
    for (PixelScale pixels : List.of(PixelScale.of("logit:0.01"), PixelScale.scaled())) {
      try (FlowModel model = model(spec(pixels), 0.1)) {
        double[][] all = all();
        LogDensity scores = model.withNoise(400, 5).score(all, Context.none(), 0);
        LogDensity others = model.withNoise(400, 6).score(all, Context.none(), 0);
        double square = 0;
        double sum = 0;
        for (int i = 0; i < all.length; i++) {
          double bound = logProbability(model, all[i]);
          sum += Math.exp(bound);
          double error = scores.standardError()[i];
          assertTrue(scores.logProb()[i] <= bound + 5 * error, "a bound of image " + i);
          double off = scores.logProb()[i] - others.logProb()[i];
          square += off * off / (error * error + Math.pow(others.standardError()[i], 2)) / 64;
        }
        // A normal base has nothing else in logit space; on an interval some lies beyond.
        assertTrue(
            sum < 1.002 && (sum > 0.998 || pixels.equals(PixelScale.scaled())),
            "probabilities: " + sum);
        // 64 squares have the mean 1 with a deviation of 0.18.
        assertTrue(square > 0.4 && square < 1.8, "errors are of the right size: " + square);
      }
    }
  }

  @Test
  void whatHasLearnedNothingScoresAsWithUniformNoise() {
    FlowSpec variational = spec(PixelScale.logit());
    FlowSpec uniform = variational.withImages(two(PixelScale.logit()));
    try (FlowModel one = model(uniform, 0.1);
        FlowModel other = FlowModel.create(variational, 3)) {
      double[] values = other.parameters().get();
      double[] own = one.parameters().get();
      System.arraycopy(own, 0, values, 0, own.length);
      other.parameters().set(values);
      double[] expected = one.logProb(all());
      double[] found = other.logProb(all());
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], found[i], 1e-8 * Math.max(1, Math.abs(expected[i])));
      }
    }
  }

  @Test
  void theGradientOfTheJointLossAgreesWithFiniteDifferences() {
    Batch batch = Batch.of(new double[][] {{0, 7}, {3, 4}, {7, 0}, {1, 1}});
    for (PixelScale pixels : List.of(PixelScale.of("logit:1e-6"), PixelScale.scaled())) {
      FlowSpec spec = spec(pixels).withMomentsOf(batch);
      try (FlowModel model = model(spec, 0.2)) {
        double[] values = model.parameters().get();
        double[] gradient = new double[values.length];
        GradientSums sums = model.gradientSums(7);
        sums.advance(1, values);
        sums.add(1, batch, 5, gradient);
        double largest = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
        double[] ignored = new double[values.length];
        double h = 1e-5;
        long step = 1;
        for (int i = 0; i < values.length; i++) {
          double[] changed = values.clone();
          changed[i] += h;
          sums.advance(++step, changed);
          double above = sums.add(step, batch, 5, ignored);
          changed[i] -= 2 * h;
          sums.advance(++step, changed);
          double below = sums.add(step, batch, 5, ignored);
          assertEquals((above - below) / (2 * h), gradient[i], 1e-6 * largest, "parameter " + i);
        }
      }
    }
  }

  private static Images dots(int n) {
    // Two values with a sharp edge between them, which uniform noise blurs a flow's view of.
    Random random = new Random(2);
    double[][] rows = new double[n][];
    Arrays.setAll(
        rows,
        i -> {
          int first = random.nextInt(2);
          return new double[] {first, random.nextDouble() < 0.9 ? first : 1 - first, 0, 1};
        });
    List<String> names = IntStream.range(0, n).mapToObj(Integer::toString).toList();
    int[] labels = new int[n];
    Arrays.fill(labels, Images.UNKNOWN);
    return new Images(new ImageShape(2, 2, 1), 2, rows, names, List.of(), labels);
  }

  @Test
  void itIsTrainedWithTheFlowSavedWithItAndBringsTheBoundNearer(@TempDir Path folder) {
    Images images = dots(600);
    ImageSpec uniform = images.spec(ImageRecipe.GLOW.pixels());
    double[] bits = new double[2];
    for (int k = 0; k < 2; k++) {
      ImageSpec spec = k == 0 ? uniform : uniform.withVariational(new VariationalNoise(2, 8));
      FitOptions options =
          FitOptions.builder(ImageRecipe.GLOW.recipe(spec)).steps(400).threads(1).build();
      try (FlowModel model = FlowModel.fit(images, options)) {
        ImageFlow flow = ImageFlow.of(model);
        ImageScores scores = flow.score(images, 4, 1);
        bits[k] = scores.meanBits();
        model.save(folder);
        try (FlowModel loaded = FlowModel.load(folder)) {
          assertEquals(model.config(), loaded.config());
          assertArrayEquals(scores.bits(), ImageFlow.of(loaded).score(images, 4, 1).bits());
        }
        double[][] back = model.fromBase(flow.toBase(images.thinned(20)), Context.none());
        for (int i = 0; i < 20; i++) {
          assertArrayEquals(images.thinned(20).rows()[i], back[i]);
        }
      }
    }
    // The entropy: one bit of the first pixel and 0.469 of the second, by four pixels.
    assertTrue(bits[1] > 0.35, "no less than the entropy: " + bits[1]);
    assertTrue(bits[1] < bits[0], bits[1] + " is less than " + bits[0]);
  }

  @Test
  void modelsOfEarlierVersionsHaveUniformNoise(@TempDir Path folder) throws IOException {
    FlowSpec uniform = spec(PixelScale.logit()).withImages(two(PixelScale.logit()));
    try (FlowModel model = model(uniform, 0.1)) {
      model.save(folder);
      Path about = folder.resolve(ModelFolder.CONFIG);
      String text = Files.readString(about);
      String earlier = text.replaceAll("\\s*\"variational\" : null,", "");
      assertTrue(earlier.length() < text.length(), text);
      Files.writeString(about, earlier);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.config(), loaded.config());
        assertArrayEquals(model.logProb(all()), loaded.logProb(all()));
      }
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    ImageSpec spec = two(PixelScale.scaled()).withVariational(VariationalNoise.standard());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> spec.withNoise(0.1),
        "noise of images",
        "one of them");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new VariationalNoise(0, 3),
        "couplings",
        "at least 1");
    Images images = dots(40);
    FitOptions matching =
        FitOptions.builder(
                ImageRecipe.UNET.recipe(
                    images.spec(PixelScale.logit()).withVariational(VariationalNoise.standard())))
            .objective(TrainingObjective.of(TrainingObjective.Kind.MATCHING))
            .steps(1)
            .build();
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowModel.fit(images, matching).close(),
        "matching+likelihood");
    try (FlowModel model = model(spec(PixelScale.scaled()), 0.1)) {
      assertFails(
          ErrorKey.UNSUPPORTED,
          () -> model.conditionalLogProb(all(), Context.none()),
          "drawn together");
    }
  }
}
