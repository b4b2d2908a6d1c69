package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every family, unconditional and conditional, by the contract of all bijections. */
final class FamiliesContractTest {

  // Few bins: second derivatives jump at knots, which finite differences must not straddle.
  private static final ColumnTransform WIDE = ColumnTransform.spline(3, 5);
  private static final ColumnTransform NARROW = ColumnTransform.spline(2, 1.25);

  private static Stream<DynamicTest> contracts(String name, FlowConfig... configs) {
    return Stream.of(configs)
        .flatMap(config -> Stream.of(config, config.withContext(2)))
        .flatMap(config -> contract(name, config).tests());
  }

  private static BijectionContract contract(String name, FlowConfig config) {
    String conditions = config.contextSize() == 0 ? "" : ", conditional";
    return BijectionContract.of(
        "%s of %d%s".formatted(name, config.dim(), conditions), config::bijection);
  }

  /** Any family, conditioned on three numbers through a network of them. */
  @TestFactory
  Stream<DynamicTest> embedded() {
    EmbeddingConfig embedding = new EmbeddingConfig(List.of(4), 2, Activation.TANH);
    return Stream.of(smooth(Flows.realNvp(2, 2, 4)), smooth(Flows.maf(3, 2, 4)), Flows.planar(2, 2))
        .map(
            config ->
                BijectionContract.of(
                    "embedding before " + config,
                    (parameters, random) -> {
                      Mlp network = embedding.create(parameters, 3, random);
                      Bijection layers =
                          config.withContext(embedding.size()).bijection(parameters, random);
                      return embedding.before(layers, network);
                    }))
        .flatMap(BijectionContract::tests);
  }

  @Test
  void anEmbeddingFitsItsFlow() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      SplittableRandom random = new SplittableRandom(GradientCheck.defaultSeed());
      EmbeddingConfig embedding = EmbeddingConfig.of(2, 4);
      Mlp network = embedding.create(parameters, 3, random);
      Bijection other = Flows.maf(2, 1, 4).withContext(5).bijection(parameters, random);
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> embedding.before(other, network), "2 columns", "of 5");
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> embedding.create(parameters, 0, random),
          "context is 0");
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> EmbeddingConfig.of(0), "size is 0");
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> EmbeddingConfig.of(2, -1), "hidden");
    }
  }

  @TestFactory
  Stream<DynamicTest> planar() {
    return contracts("planar", Flows.planar(2, 3), Flows.planar(3, 1));
  }

  @TestFactory
  Stream<DynamicTest> sylvester() {
    return contracts("sylvester", Flows.sylvester(2, 2, 2), Flows.sylvester(5, 2, 3));
  }

  @TestFactory
  Stream<DynamicTest> radial() {
    return contracts("radial", Flows.radial(2, 3), Flows.radial(3, 1));
  }

  @TestFactory
  Stream<DynamicTest> nice() {
    return contracts("nice", smooth(Flows.nice(2, 2, 4)), smooth(Flows.nice(3, 3, 4)));
  }

  @TestFactory
  Stream<DynamicTest> realNvp() {
    return contracts(
        "realnvp",
        smooth(Flows.realNvp(2, 2, 4)),
        smooth(Flows.realNvp(5, 3, 4)),
        smooth(Flows.realNvp(2, 1, 4)).withBatchNormalization());
  }

  @TestFactory
  Stream<DynamicTest> glow() {
    return contracts("glow", smooth(Flows.glow(2, 2, 4)), smooth(Flows.glow(4, 2, 4)));
  }

  @TestFactory
  Stream<DynamicTest> imageGlow() {
    return contracts(
        "image glow",
        Flows.glow(new ImageShape(4, 4, 1), 2, 1, 3).withActivation(Activation.TANH),
        Flows.glow(new ImageShape(2, 4, 1), 1, 2, 2).withActivation(Activation.TANH));
  }

  @TestFactory
  Stream<DynamicTest> neuralSpline() {
    return contracts(
        "nsf",
        smooth(Flows.nsf(2, 2, 4)).withTransform(WIDE),
        smooth(Flows.nsf(3, 1, 4)).withTransform(NARROW));
  }

  @TestFactory
  Stream<DynamicTest> maf() {
    return contracts(
        "maf",
        smooth(Flows.maf(2, 2, 4)),
        smooth(Flows.maf(4, 2, 5)).withOrdering(AutoregressiveConfig.Ordering.RANDOM),
        smooth(Flows.maf(2, 2, 4)).withBatchNormalization());
  }

  @TestFactory
  Stream<DynamicTest> iaf() {
    return contracts("iaf", smooth(Flows.iaf(2, 2, 4)), smooth(Flows.iaf(4, 2, 5)));
  }

  @TestFactory
  Stream<DynamicTest> autoregressiveSpline() {
    return contracts(
        "autoregressive nsf",
        smooth(Flows.autoregressiveNsf(2, 2, 4)).withTransform(WIDE),
        smooth(Flows.autoregressiveNsf(3, 1, 4)).withTransform(NARROW));
  }

  @TestFactory
  Stream<DynamicTest> tarFlow() {
    TransformerConfig transformer = new TransformerConfig(1, 4, 2, Activation.TANH);
    return Stream.of(
            Flows.tarFlow(2, 2, 2, 4).withTransformer(transformer),
            Flows.tarFlow(6, 3, 2, 4).withTransformer(transformer),
            Flows.tarFlow(new ImagePatches(new ImageShape(2, 2, 1), 1), 1, 4))
        .flatMap(config -> Stream.of(config, config.withContext(2)))
        .flatMap(config -> spread(config).tests());
  }

  /**
   * Rows that are nearly constant make layer normalisation too curved for finite differences; here
   * none is, since places differ from column to column.
   */
  private static BijectionContract spread(TarFlowConfig config) {
    return BijectionContract.of(
        "tarflow of %d in %d tokens, context %d"
            .formatted(config.dim(), config.tokens(), config.contextSize()),
        (parameters, random) -> {
          Bijection flow = config.bijection(parameters, random);
          for (Parameters.Entry entry : parameters.entries()) {
            if (entry.parameter().name().endsWith(".places")) {
              double[] values = Elements.of(parameters.backend(), entry.parameter().value());
              for (int e = 0; e < values.length; e++) {
                values[e] += e % 2 == 0 ? 2 : -2;
              }
              parameters.backend().upload(values, 0, entry.parameter().value());
            }
          }
          return flow;
        });
  }

  @TestFactory
  Stream<DynamicTest> autoregressiveOfOneColumnWithContext() {
    return contract("maf", smooth(Flows.maf(1, 2, 4)).withContext(2)).tests();
  }

  @TestFactory
  Stream<DynamicTest> couplingOfOneColumnWithContext() {
    return Stream.of(
            Flows.realNvp(1, 2, 4),
            Flows.nice(1, 2, 4),
            Flows.nsf(1, 2, 4).withTransform(WIDE),
            Flows.glow(1, 2, 4))
        .flatMap(
            config ->
                contract("coupling of one column", smooth(config).withContext(2)).tests());
  }

  @TestFactory
  Stream<DynamicTest> severalHiddenLayersAdditive() {
    return contract(
            "additive",
            new AutoregressiveConfig(
                3,
                1,
                1,
                List.of(4, 3, 5),
                Activation.SOFTPLUS,
                ColumnTransform.additive(),
                AutoregressiveConfig.Ordering.ALTERNATE,
                false,
                false,
                0,
                List.of()))
        .tests();
  }

  /** Finite differences need networks without kinks. */
  private static CouplingConfig smooth(CouplingConfig config) {
    return config.withActivation(Activation.TANH);
  }

  private static AutoregressiveConfig smooth(AutoregressiveConfig config) {
    return config.withActivation(Activation.TANH);
  }
}
