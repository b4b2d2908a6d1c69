package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.fjordflow.model.images.VariationalNoise;
import org.junit.jupiter.api.Test;

/** Bits of images by the scales of a flow. */
class ScaleBitsTest {

  private static final ImageShape SHAPE = new ImageShape(8, 8, 1);

  private static Images images(List<String> classes) {
    Random random = new Random(5);
    double[][] rows = new double[20][];
    Arrays.setAll(rows, i -> random.ints(64, 0, 17).asDoubleStream().toArray());
    List<String> names = IntStream.range(0, 20).mapToObj(Integer::toString).toList();
    int[] labels = new int[20];
    Arrays.setAll(labels, i -> classes.isEmpty() ? Images.UNKNOWN : i % classes.size());
    return new Images(SHAPE, 17, rows, names, classes, labels);
  }

  private static FlowModel model(FlowSpec spec) {
    FlowModel model = FlowModel.create(spec, /* seed= */ 3);
    Random random = new Random(11);
    double[] values = model.parameters().get();
    Arrays.setAll(values, i -> values[i] + 0.05 * random.nextGaussian());
    model.parameters().set(values);
    return model;
  }

  private static void assertSums(FlowSpec spec, Images images, List<Integer> numbers) {
    assertSums(spec, images, /* draws= */ 3, numbers);
  }

  private static void assertSums(FlowSpec spec, Images images, int draws, List<Integer> numbers) {
    try (FlowModel model = model(spec)) {
      ScaleBits found = ImageFlow.of(model).bitsByScale(images, draws, 9);
      assertEquals(numbers, found.numbers());
      double[][] given = images.context();
      double[] logProb =
          model
              .withNoise(draws, 9)
              .score(images.rows(), given == null ? Context.none() : Context.of(given), 9)
              .logProb();
      double mean = 0;
      for (int i = 0; i < logProb.length; i++) {
        double bits = -Dequantization.bitsPerNat(64) * logProb[i];
        assertEquals(bits, Arrays.stream(found.bits()[i]).sum(), 1e-9 * Math.max(1, bits));
        mean += bits / logProb.length;
      }
      assertEquals(mean, Arrays.stream(found.mean()).sum(), 1e-9 * mean);
    }
  }

  @Test
  void scalesOfGlowSumToTheBitsOfEachImage() {
    Images images = images(List.of());
    ImageSpec spec = images.spec(PixelScale.logit());
    FlowSpec glow = FlowSpec.of(Flows.glow(SHAPE, 3, 2, 4)).withDtype("float64");
    assertSums(glow.withImages(spec), images, List.of(32, 16, 16));
    assertSums(
        glow.withImages(spec.withVariational(new VariationalNoise(2, 4))),
        images,
        List.of(32, 16, 16));
    FlowSpec standardized = glow.withImages(spec).withMomentsOf(images.batch());
    assertSums(standardized, images, List.of(32, 16, 16));
  }

  @Test
  void soDoThoseGivenAClass() {
    Images images = images(List.of("a", "b"));
    ImageSpec spec = images.spec(PixelScale.scaled());
    BijectionConfig glow = Flows.glow(SHAPE, 2, 1, 4).withContext(2);
    FlowSpec plain = FlowSpec.of(glow).withImages(spec).withDtype("float64");
    assertSums(plain, images, List.of(32, 32));
    assertSums(plain.withEmbedding(EmbeddingConfig.of(3, 5)), images, List.of(32, 32));
  }

  @Test
  void soDoThoseOfContinuousFlows() {
    Images images = images(List.of());
    FlowSpec spec =
        FlowSpec.of(ContinuousConfig.Images.ffjord(SHAPE, 4))
            .withImages(images.spec(PixelScale.of("logit:0.05")))
            .withDtype("float64");
    // One draw of noise, for which the probes of both come in the same order.
    assertSums(spec, images, 1, List.of(32, 32));
  }

  @Test
  void aFlowOfOneScaleHasOnePart() {
    Images images = images(List.of());
    FlowSpec spec = FlowSpec.of(Flows.maf(64, 2, 8)).withDtype("float64");
    assertSums(spec.withImages(images.spec(PixelScale.logit())), images, List.of(64));
    try (FlowModel model =
        model(
            spec.withBase(new BaseConfig.StudentT(5))
                .withImages(images.spec(PixelScale.logit())))) {
      assertFails(
          ErrorKey.UNSUPPORTED,
          () -> ImageFlow.of(model).bitsByScale(images, 1, 0),
          "no standard normal");
    }
    try (FlowModel model =
        model(spec.withImages(images.spec(PixelScale.scaled()).withNoise(0.1)))) {
      assertFails(
          ErrorKey.UNSUPPORTED, () -> ImageFlow.of(model).bitsByScale(images, 1, 0), "--noise");
    }
  }

  /** Scalings whose log-densities are normal: x / 2 at the first scale, then (y - 1) / 3. */
  @Test
  void scalesHaveTheDensitiesOfTheirNumbers() {
    Bijection second = new Standardization(new double[] {1}, new double[] {3});
    Bijection first = new Standardization(new double[3], new double[] {2, 2, 2});
    Bijection scales = new Composition(List.of(first, MultiScale.of(3, new int[] {1}, second)));
    CpuBackend backend = new CpuBackend(DType.FLOAT64);
    Flow flow = new Flow(DiagonalNormal.standard(3), scales, backend).withChunkRows(2);
    double[][] rows = {{1, 2, 3}, {-1, 0, 0.5}, {4, -3, 2}};
    RandomGenerator unused = new Random(0);
    ScaleParts.Sums found = ScaleParts.of(flow, rows, Context.none(), unused);
    assertEquals(List.of(2, 1), found.sizes());
    for (int i = 0; i < rows.length; i++) {
      double[] x = rows[i];
      double done = logNormal(x[0] / 2) + logNormal(x[2] / 2) - 3 * Math.log(2);
      double rest = logNormal((x[1] / 2 - 1) / 3) - Math.log(3);
      assertEquals(done, found.logProb()[i][0], 1e-12);
      assertEquals(rest, found.logProb()[i][1], 1e-12);
    }
  }

  private static double logNormal(double z) {
    return -0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
  }
}
