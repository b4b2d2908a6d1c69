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
      SolveSettings.exact().withSolver(SolverConfig.fixed(SolverMethod.LUTHER, 8));

  private static Stream<DynamicTest> contract(
      String name, ImageShape shape, int context, int levels, Network network) {
    Images images =
        new Images(shape, context, levels, network, new Chain(1, 0.4, true), ACCURATE);
    return BijectionContract.of(name, images::bijection).withTolerances(1e-7, 1e-6, 2e-4).tests();
  }

  @TestFactory
  Stream<DynamicTest> multiScale() {
    return contract(
        "two levels",
        new ImageShape(4, 4, 1),
        0,
        2,
        new Network.Convolutions("concatsquash", List.of(3), "tanh"));
  }

  @TestFactory
  Stream<DynamicTest> everyLayer() {
    return Stream.of("concat", "concatsquash", "gated")
        .flatMap(
            layer ->
                contract(
                    layer + " of two by two pixels",
                    new ImageShape(2, 2, 1),
                    2,
                    0,
                    new Network.Convolutions(layer, List.of(3), "softplus")));
  }

  @TestFactory
  Stream<DynamicTest> unets() {
    return Stream.of(0, 2)
        .flatMap(
            context ->
                contract(
                    "U-net with context " + context,
                    new ImageShape(3, 2, 2),
                    context,
                    0,
                    new Network.Unet(List.of(4, 8), 1)));
  }
}
