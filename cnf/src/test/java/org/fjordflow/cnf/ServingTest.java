package org.fjordflow.cnf;

import java.util.stream.Stream;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.ServedFlow;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Continuous models that many threads call at once give the bits of one, each call with probes of
 * its own, and end by a typed error.
 */
final class ServingTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int THREADS = 8;

  static Stream<Arguments> models() {
    return Stream.of(
            new ExactTrace(),
            new Hutchinson(ProbeDistribution.RADEMACHER, 2),
            new HutchPlusPlus(1, 1))
        .flatMap(divergence -> Stream.of(DType.values()).map(d -> Arguments.of(divergence, d)));
  }

  private static BuiltModel<ModelConfig> create(Divergence divergence, DType dtype) {
    ModelConfig config = SmallModels.config("concatsquash", 3, 2, 16, 2).withDtype(dtype.id());
    return SmallModels.create(
        config.withSolve(config.solve().withEvaluationDivergence(divergence)), 2);
  }

  @ParameterizedTest
  @MethodSource("models")
  void manyThreadsGetTheBitsOfOne(Divergence divergence, DType dtype) {
    try (BuiltModel<ModelConfig> model = create(divergence, dtype)) {
      new ServedFlow(model.flow().withChunkRows(64), SEED).expectSameBits(THREADS, 10);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void closingWhileOthersScoreEndsThem(Divergence divergence, DType dtype) {
    BuiltModel<ModelConfig> model = create(divergence, dtype);
    new ServedFlow(model.flow().withChunkRows(64), SEED)
        .expectClosed(THREADS, THREADS, model::close);
  }
}
