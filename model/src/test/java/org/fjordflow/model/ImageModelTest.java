package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Densities, bits, classes and samples of models of images. */
class ImageModelTest {

  private static final ImageShape TWO = new ImageShape(1, 2, 1);
  private static final int LEVELS = 8;

  private static ImageSpec two(PixelScale pixels) {
    return new ImageSpec(TWO, LEVELS, pixels, 0, null, List.of(), List.of());
  }

  private static FlowModel model(BijectionConfig flow, ImageSpec images, String dtype) {
    FlowModel model =
        FlowModel.create(FlowSpec.of(flow).withImages(images).withDtype(dtype), /* seed= */ 3);
    Random random = new Random(11);
    double[] values = model.parameters().get();
    for (int i = 0; i < values.length; i++) {
      values[i] += 0.1 * random.nextGaussian();
    }
    model.parameters().set(values);
    return model;
  }

  /** All images of two pixels. */
  private static double[][] all() {
    return IntStream.range(0, LEVELS * LEVELS)
        .mapToObj(i -> new double[] {Math.floorDiv(i, LEVELS), i % LEVELS})
        .toArray(double[][]::new);
  }

  /** Log-densities of an image over a grid of its noise, in the units of whole numbers. */
  private static double[] overNoise(FlowModel model, Dequantization pixels, double[] image) {
    int cells = 48;
    double[][] line = new double[cells * cells][];
    for (int i = 0; i < line.length; i++) {
      line[i] =
          new double[] {
            pixels.toLine(image[0], (Math.floorDiv(i, cells) + 0.5) / cells),
            pixels.toLine(image[1], (i % cells + 0.5) / cells)
          };
    }
    RandomGenerator unused = new RandomStreams(0).generator(Purpose.PROBES);
    double[] bits =
        pixels.bitsPerDimension(model.flow().logProb(line, Context.none(), unused), line);
    return Arrays.stream(bits).map(b -> -b / Dequantization.bitsPerNat(2)).toArray();
  }

  @Test
  void probabilitiesOfAllImagesSumToOne() {
    ImageSpec images = two(PixelScale.of("logit:0.01"));
    try (FlowModel model = model(Flows.maf(2, 3, 8), images, "float64")) {
      double sum = 0;
      for (double[] image : all()) {
        double[] logProb = overNoise(model, images.dequantization(), image);
        sum += Arrays.stream(logProb).map(Math::exp).average().orElseThrow();
      }
      // What lies beyond the range of pixels, under one in 1e4, is all that is missing.
      assertEquals(1, sum, 2e-4);
    }
  }

  @Test
  void aLogDensityIsTheMeanOverTheNoiseAndItsErrorIsThatOfTheMean() {
    for (PixelScale pixels : List.of(PixelScale.of("logit:0.01"), PixelScale.scaled())) {
      ImageSpec images = two(pixels);
      try (FlowModel model = model(Flows.maf(2, 3, 8), images, "float64")) {
        double[][] all = all();
        LogDensity scores = model.withNoise(400, 5).score(all, Context.none(), 0);
        double square = 0;
        for (int i = 0; i < all.length; i++) {
          double[] logProb = overNoise(model, images.dequantization(), all[i]);
          double mean = Arrays.stream(logProb).average().orElseThrow();
          double off = (scores.logProb()[i] - mean) / scores.standardError()[i];
          assertTrue(Math.abs(off) < 5, "image " + i + " is off by " + off + " errors");
          square += off * off / all.length;
          double probability = Arrays.stream(logProb).map(Math::exp).average().orElseThrow();
          assertTrue(mean <= Math.log(probability), "a bound of the probability");
        }
        // 64 squares have the mean 1 with a deviation of 0.18.
        assertTrue(square > 0.4 && square < 1.8, "errors are of the right size: " + square);
      }
    }
  }

  @Test
  void standardizedOnesHaveTheSameUnits() {
    ImageSpec images = two(PixelScale.of("logit:0.01"));
    FlowSpec spec = FlowSpec.of(Flows.maf(2, 2, 8)).withImages(images).withDtype("float64");
    Random random = new Random(1);
    double[][] rows = new double[200][];
    Arrays.setAll(rows, i -> new double[] {random.nextInt(3), 4 + random.nextInt(4)});
    FlowSpec fitted = spec.withMomentsOf(Batch.of(rows));
    try (FlowModel model = FlowModel.create(fitted, 1)) {
      double sum = 0;
      for (double[] image : all()) {
        double[] logProb = overNoise(model, images.dequantization(), image);
        sum += Arrays.stream(logProb).map(Math::exp).average().orElseThrow();
        LogDensity own = model.withNoise(400, 1).score(new double[][] {image}, Context.none(), 0);
        double mean = Arrays.stream(logProb).average().orElseThrow();
        assertEquals(mean, own.logProb()[0], 5 * own.standardError()[0]);
      }
      assertEquals(1, sum, 0.02);
    }
  }

  @Test
  void whatAnImageGetsDoesNotDependOnTheOthers() {
    try (FlowModel model = model(Flows.maf(2, 3, 8), two(PixelScale.logit()), "float32")) {
      double[][] all = all();
      double[] together = model.logProb(all);
      for (int i : new int[] {0, 17, 63}) {
        double[] alone = model.logProb(new double[][] {all[i]});
        assertEquals(together[i], alone[0], 1e-5 * Math.abs(together[i]));
      }
      assertArrayEquals(together, model.logProb(all), "the same draws every time");
    }
  }

  @Test
  void whatIsNoLevelHasProbabilityZeroAndIsNotTrainedOn() {
    try (FlowModel model = model(Flows.maf(2, 3, 8), two(PixelScale.logit()), "float32")) {
      double[] scores = model.logProb(new double[][] {{0, 8}, {0.5, 1}, {-1, 0}, {1, 1}});
      assertEquals(Double.NEGATIVE_INFINITY, scores[0]);
      assertEquals(Double.NEGATIVE_INFINITY, scores[1]);
      assertEquals(Double.NEGATIVE_INFINITY, scores[2]);
      assertTrue(Double.isFinite(scores[3]));
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> model.toBase(new double[][] {{0, 0}, {0, 8}}, Context.none()),
          "row 2",
          "line 1, pixel 2",
          "0 to 7");
    }
  }

  private static Images crosses(int n, int size, int channels) {
    Random random = new Random(4);
    ImageShape shape = new ImageShape(size, size, channels);
    double[][] rows = new double[n][];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      rows[i] = new double[shape.size()];
      for (int k = 0; k < size; k++) {
        for (int c = 0; c < channels; c++) {
          int across = labels[i] == 0 ? k : size - 1 - k;
          rows[i][shape.column(k, across, c)] = 150 + random.nextInt(100);
        }
      }
    }
    List<String> names = IntStream.range(0, n).mapToObj(Integer::toString).toList();
    return new Images(shape, 256, rows, names, List.of("falling", "rising"), labels);
  }

  @Test
  void everyRecipeMapsImagesToTheBaseAndBack() {
    for (ImageRecipe recipe : ImageRecipe.values()) {
      for (int channels : new int[] {1, 3}) {
        Images images = crosses(40, 4, channels);
        FlowSpec spec = recipe.spec(images.spec(recipe.pixels()));
        FlowSpec own = recipe.standardizes() ? spec.withMomentsOf(images.batch()) : spec;
        try (FlowModel model = FlowModel.create(own, 2)) {
          model.initialize(images.batch(), new RandomStreams(1).generator(Purpose.INITIALIZATION));
          double[][] context = Objects.requireNonNull(images.context());
          double[][] base = model.toBase(images.rows(), Context.of(context));
          double[][] back = model.fromBase(base, Context.of(context));
          for (int i = 0; i < back.length; i++) {
            assertArrayEquals(images.rows()[i], back[i], recipe.id());
          }
          double[][] seen =
              images.spec(recipe.pixels()).dequantization().apply(images.rows(), new Random(1));
          double[][] z =
              model.flow().toBase(seen, Context.of(context), RandomGenerator.getDefault());
          double[][] x =
              model.flow().fromBase(z, Context.of(context), RandomGenerator.getDefault());
          for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
              assertEquals(seen[i][j], x[i][j], 1e-4 * Math.max(1, Math.abs(seen[i][j])));
            }
          }
        }
      }
    }
  }

  @Test
  void aTrainedModelNamesClassesDrawsThemAndIsSavedWithWhatItKnows(@TempDir Path folder) {
    Images images = crosses(300, 4, 1);
    FitOptions options =
        FitOptions.builder(ImageRecipe.TARFLOW.recipe(images))
            .steps(150)
            .threads(1)
            .seed(2)
            .build();
    try (FlowModel model = FlowModel.fit(images, options)) {
      ImageFlow flow = ImageFlow.of(model);
      Images own = images.as(flow.spec(), "crosses").thinned(60);
      ImageScores scores = flow.score(own, 3, 1);
      assertTrue(scores.accuracy(own.labels()).orElseThrow() > 0.95);
      assertEquals(1, scores.probabilities()[0][0] + scores.probabilities()[0][1], 1e-9);
      // With both classes as likely the bits of an image are at most one bit above its class's.
      for (int i = 0; i < own.size(); i++) {
        assertTrue(scores.bits()[i] <= scores.givenClass()[i] + 1.0 / 16 + 1e-9);
      }
      double[][] falling = flow.samples(20, ImageFlow.Sampling.standard().withLabel(0), 5);
      Images drawn =
          new Images(
              images.shape(),
              256,
              falling,
              IntStream.range(0, 20).mapToObj(Integer::toString).toList(),
              flow.spec().classes(),
              new int[20]);
      assertTrue(flow.score(drawn, 1, 1).accuracy(drawn.labels()).orElseThrow() > 0.85);
      double[][] guided =
          flow.samples(4, ImageFlow.Sampling.standard().withLabel(0).withGuidance(1), 5);
      assertEquals(4, guided.length);
      double[][] way = flow.interpolate(own.select(new int[] {0, 2}), 5);
      assertArrayEquals(own.rows()[0], way[0]);
      assertArrayEquals(own.rows()[2], way[4]);
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.config(), loaded.config());
        assertArrayEquals(
            scores.bits(), ImageFlow.of(loaded).score(own, 3, 1).bits(), "the same bits");
      }
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> flow.samples(1, ImageFlow.Sampling.standard().withLabel(2), 1),
          "class 2",
          "2 classes");
      assertFails(ErrorKey.UNSUPPORTED, () -> flow.denoise(own, 1), "--noise");
    }
  }

  @Test
  void lowTemperaturesDrawFromTheMiddleOfTheBase() {
    Images images = crosses(20, 4, 1).unlabelled();
    FlowSpec spec = ImageRecipe.MAF.spec(images.spec(PixelScale.logit()));
    try (FlowModel model = FlowModel.create(spec, 2)) {
      ImageFlow flow = ImageFlow.of(model);
      double[][] cold = flow.samples(3, ImageFlow.Sampling.standard().withTemperature(1e-6), 1);
      double[] middle = model.fromBase(new double[1][16], Context.none())[0];
      for (double[] sample : cold) {
        for (int j = 0; j < middle.length; j++) {
          assertEquals(middle[j], sample[j], 1);
        }
      }
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> flow.samples(1, ImageFlow.Sampling.standard().withTemperature(0), 1),
          "temperature of 0");
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> flow.samples(1, ImageFlow.Sampling.standard().withGuidance(1), 1),
          "TarFlow");
    }
  }

  @Test
  void noiseThatWasTrainedWithIsTakenAway() {
    // Images of two values: what lies between them is noise.
    Random random = new Random(3);
    ImageShape shape = new ImageShape(2, 2, 1);
    double[][] rows = new double[600][];
    Arrays.setAll(
        rows, i -> random.ints(4, 0, 2).mapToDouble(bit -> bit == 0 ? 64 : 192).toArray());
    List<String> names = IntStream.range(0, 600).mapToObj(Integer::toString).toList();
    Images images = new Images(shape, 256, rows, names, List.of(), new int[600]);
    Arrays.fill(images.labels(), Images.UNKNOWN);
    ImageSpec spec = images.spec(PixelScale.scaled()).withNoise(0.2);
    FitOptions options =
        FitOptions.builder(ImageRecipe.NSF.recipe(spec)).steps(400).threads(1).build();
    try (FlowModel model = FlowModel.fit(images, options)) {
      ImageFlow flow = ImageFlow.of(model);
      double[][] noisy = new double[100][];
      Arrays.setAll(
          noisy,
          i ->
              Arrays.stream(rows[i])
                  .map(v -> Math.max(0, Math.min(255, Math.rint(v + 25.6 * random.nextGaussian()))))
                  .toArray());
      Images given = new Images(shape, 256, noisy, names.subList(0, 100), List.of(), new int[100]);
      double[][] clean = flow.denoise(given, 1);
      double before = 0;
      double after = 0;
      for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 4; j++) {
          before += Math.abs(noisy[i][j] - rows[i][j]);
          after += Math.abs(clean[i][j] - rows[i][j]);
        }
      }
      assertTrue(after < 0.7 * before, after + " of " + before);
      assertFails(ErrorKey.UNSUPPORTED, () -> flow.score(given, 1, 1), "noisy images");
    }
  }

  @Test
  void recipesSayWhichSizesTheyTake() {
    ImageShape odd = new ImageShape(27, 28, 1);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> ImageRecipe.GLOW.flow(odd, 0),
        "27 x 28",
        "28 x 28",
        "tarflow");
    for (ImageRecipe recipe : List.of(ImageRecipe.TARFLOW, ImageRecipe.MAF)) {
      assertEquals(odd.size(), recipe.flow(odd, 3).dim());
      assertEquals(3, recipe.flow(odd, 3).contextSize());
    }
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> ImageRecipe.of("glov"), "glow");
  }
}
