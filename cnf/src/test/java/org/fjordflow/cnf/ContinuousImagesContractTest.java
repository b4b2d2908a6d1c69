package org.fjordflow.cnf;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.cnf.ContinuousConfig.Chain;
import org.fjordflow.cnf.ContinuousConfig.Images;
import org.fjordflow.cnf.ContinuousConfig.Images.Network;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Continuous flows of small images by the contract of all bijections, with exact traces. */
final class ContinuousImagesContractTest {

  private static final SolveSettings ACCURATE =
      SolveSettings.exact().withSolver(SolverConfig.fixed(SolverMethod.LUTHER, 5));

  private static final ImageShape SHAPE = new ImageShape(2, 2, 1);

  private static Stream<DynamicTest> contract(
      String name, int context, int levels, Network network) {
    Images images = new Images(SHAPE, context, levels, network, new Chain(1, 0.1, true), ACCURATE);
    return BijectionContract.of(name, images::bijection).withTolerances(1e-7, 1e-6, 2e-4).tests();
  }

  @TestFactory
  Stream<DynamicTest> concat() {
    return contract("concat", 0, 0, new Network.Convolutions("concat", List.of(2), "softplus"));
  }

  @TestFactory
  Stream<DynamicTest> squeezed() {
    return contract(
        "squeezed, gated, conditional",
        1,
        1,
        new Network.Convolutions("gated", List.of(2), "softplus"));
  }

  @TestFactory
  Stream<DynamicTest> unet() {
    return contract("U-net, conditional", 1, 0, new Network.Unet(List.of(4, 4), 1));
  }
}
