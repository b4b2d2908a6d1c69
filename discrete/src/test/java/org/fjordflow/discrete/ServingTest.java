package org.fjordflow.discrete;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.ServedFlow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Discrete models that many threads call at once give the bits of one, and end by a typed error.
 */
final class ServingTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int THREADS = 8;

  static Stream<Arguments> models() {
    return DiscreteModelTest.flows()
        .flatMap(flow -> Stream.of(DType.values()).map(dtype -> Arguments.of(flow, dtype)));
  }

  private static BuiltModel<DiscreteConfig> create(FlowConfig flow, DType dtype, int threads) {
    SplittableRandom random = new SplittableRandom(SEED);
    DiscreteConfig config = DiscreteConfig.of(flow).withDtype(dtype.id());
    BuiltModel<DiscreteConfig> model = config.create(random, threads);
    double[] values = model.parameters().get();
    for (int i = 0; i < values.length; i++) {
      values[i] += random.nextDouble(-0.05, 0.05);
    }
    model.parameters().set(values);
    return model;
  }

  @ParameterizedTest
  @MethodSource("models")
  void manyThreadsGetTheBitsOfOne(FlowConfig flow, DType dtype) {
    try (BuiltModel<DiscreteConfig> model = create(flow, dtype, 2)) {
      // Several chunks a call, which are dealt out to the backend's threads.
      new ServedFlow(model.flow().withChunkRows(64), SEED).expectSameBits(THREADS, 12);
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.discrete.DiscreteModelTest#flows")
  void closingWhileOthersScoreEndsThem(FlowConfig flow) {
    BuiltModel<DiscreteConfig> model = create(flow, DType.FLOAT32, 2);
    new ServedFlow(model.flow().withChunkRows(64), SEED)
        .expectClosed(THREADS, THREADS, model::close);
  }
}
