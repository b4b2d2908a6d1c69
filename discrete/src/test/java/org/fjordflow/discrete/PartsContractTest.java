package org.fjordflow.discrete;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.core.testing.NestingContract;
import org.fjordflow.discrete.internal.layers.ImageCoupling;
import org.fjordflow.discrete.parts.ActNorm;
import org.fjordflow.discrete.parts.BatchNormalization;
import org.fjordflow.discrete.parts.DiagonalScaling;
import org.fjordflow.discrete.parts.Exponential;
import org.fjordflow.discrete.parts.Logit;
import org.fjordflow.discrete.parts.LuLinear;
import org.fjordflow.discrete.parts.MultiScale;
import org.fjordflow.discrete.parts.PerPixel;
import org.fjordflow.discrete.parts.Permutation;
import org.fjordflow.discrete.transform.AffineTransform;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.discrete.transform.RationalQuadraticSpline;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The parts that flows share, by the contract of all bijections. */
final class PartsContractTest {

  @TestFactory
  Stream<DynamicTest> permutations() {
    return Stream.of(
            BijectionContract.of("permutation", (p, random) -> Permutation.of(2, 0, 3, 1)),
            BijectionContract.of(
                "squeeze", (p, random) -> Permutation.squeeze(new ImageShape(2, 4, 2))),
            BijectionContract.of("reverse", (p, random) -> Permutation.reverse(3)),
            BijectionContract.of(
                "drawn permutation", (p, random) -> Permutation.random(p, "p", 6, random)))
        .flatMap(BijectionContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> partsOfImageFlows() {
    ImageShape shape = new ImageShape(2, 1, 3);
    return Stream.of(
            BijectionContract.of(
                "1 x 1 convolution", (p, random) -> new PerPixel(3, LuLinear.create(p, "lu", 2))),
            BijectionContract.of(
                "normalisation of channels",
                (p, random) -> new PerPixel(2, ActNorm.create(p, "a", 3))),
            BijectionContract.of(
                "columns that go on",
                (p, random) -> MultiScale.of(5, new int[] {3, 0, 2}, LuLinear.create(p, "lu", 3))),
            coupling("image coupling", shape, 0, 2, new AffineTransform()),
            coupling("image coupling, conditional", shape, 2, 2, new AffineTransform()),
            coupling("learned prior", new ImageShape(1, 1, 2), 0, 0, new AffineTransform()),
            coupling("learned prior, conditional", shape, 1, 0, new AffineTransform()),
            coupling("splines", shape, 0, 2, new RationalQuadraticSpline(2, 1.25)))
        .flatMap(BijectionContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> estimatedLogDeterminants() {
    int[] onward = {3, 0};
    return Stream.of(
            new NestingContract("pixels", 2, within -> new PerPixel(3, within)),
            new NestingContract("columns that go on", 2, rest -> MultiScale.of(5, onward, rest)),
            new NestingContract(
                "all of them",
                2,
                within ->
                    new Inverse(
                        new PerPixel(
                            2,
                            new Composition(
                                List.of(
                                    MultiScale.of(4, onward, within),
                                    new PerPixel(2, new Inverse(within))))))))
        .flatMap(NestingContract::tests);
  }

  private static BijectionContract coupling(
      String name, ImageShape shape, int contextSize, int hidden, ColumnTransform transform) {
    return BijectionContract.of(
        name,
        (p, random) ->
            ImageCoupling.create(
                p, "c", shape, contextSize, hidden, Activation.TANH, transform, random));
  }

  @TestFactory
  Stream<DynamicTest> elementwiseMaps() {
    return Stream.of(
            BijectionContract.of("logit", (p, random) -> new Logit(3, -2, 2.5))
                .definedOn((forward, v) -> !forward ? null : outside(-2, v, 2.5)),
            BijectionContract.of("sigmoid", (p, random) -> new Inverse(new Logit(3, -1, 1)))
                .definedOn((forward, v) -> forward ? null : outside(-1, v, 1)),
            BijectionContract.of("exponential", (p, random) -> new Exponential(3))
                .definedOn((forward, v) -> forward ? overflow(v) : notPositive(v)),
            BijectionContract.of("logarithm", (p, random) -> Exponential.logarithm(3))
                .within(0.2, 3)
                .definedOn((forward, v) -> forward ? notPositive(v) : overflow(v)))
        .flatMap(BijectionContract::tests);
  }

  private static @Nullable ErrorKey outside(double lower, double number, double upper) {
    return lower < number && number < upper ? null : ErrorKey.INVALID_ARGUMENT;
  }

  private static @Nullable ErrorKey notPositive(double number) {
    return number > 0 ? null : ErrorKey.NON_FINITE;
  }

  /** An exponential that is zero or infinite has no logarithm. */
  private static @Nullable ErrorKey overflow(double number) {
    return Math.abs(number) < 700 ? null : ErrorKey.NON_FINITE;
  }

  /** One that has seen data. */
  private static BatchNormalization batchNormalization(Parameters parameters) {
    BatchNormalization norm = BatchNormalization.create(parameters, "b", 2);
    norm.initialize(parameters.backend(), new double[][] {{1, -2}, {3, -2.5}, {-1, -1}});
    return norm;
  }

  @TestFactory
  Stream<DynamicTest> linearMaps() {
    return Stream.of(
            BijectionContract.of("actnorm", (p, random) -> ActNorm.create(p, "a", 2)),
            BijectionContract.of("batch normalisation", (p, random) -> batchNormalization(p)),
            BijectionContract.of("scaling", (p, random) -> DiagonalScaling.create(p, "s", 3)),
            BijectionContract.of("lu", (p, random) -> LuLinear.create(p, "lu", 2)),
            BijectionContract.of("lu of five", (p, random) -> LuLinear.create(p, "lu", 5)),
            BijectionContract.of(
                "glow's linear part",
                (p, random) ->
                    new Composition(
                        List.of(
                            ActNorm.create(p, "a", 4),
                            Permutation.random(p, "p", 4, random),
                            LuLinear.create(p, "lu", 4)))))
        .flatMap(BijectionContract::tests);
  }
}
