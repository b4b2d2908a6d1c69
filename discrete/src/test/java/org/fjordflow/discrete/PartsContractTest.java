package org.fjordflow.discrete;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.NestingContract;
import org.fjordflow.discrete.internal.layers.ImageCoupling;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
import org.fjordflow.discrete.parts.Bijections;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The parts that flows share, by the contract of all bijections. */
final class PartsContractTest {

  @TestFactory
  Stream<DynamicTest> permutations() {
    return Stream.of(
            BijectionContract.of("permutation", (p, random) -> Bijections.permutation(2, 0, 3, 1)),
            BijectionContract.of(
                "squeeze", (p, random) -> Bijections.squeeze(new ImageShape(2, 4, 2))),
            BijectionContract.of("reverse", (p, random) -> Bijections.reverse(3)),
            BijectionContract.of(
                "drawn permutation", (p, random) -> Bijections.permutation(p, "p", 6, random)))
        .flatMap(BijectionContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> partsOfImageFlows() {
    ImageShape shape = new ImageShape(2, 1, 3);
    return Stream.of(
            BijectionContract.of(
                "1 x 1 convolution",
                (p, random) -> Bijections.perPixel(3, Bijections.luLinear(p, "lu", 2))),
            BijectionContract.of(
                "normalisation of channels",
                (p, random) -> Bijections.perPixel(2, Bijections.actNorm(p, "a", 3))),
            BijectionContract.of(
                "columns that go on",
                (p, random) ->
                    Bijections.multiScale(5, new int[] {3, 0, 2}, Bijections.luLinear(p, "lu", 3))),
            coupling("image coupling", shape, 0, 2, ColumnTransform.affine()),
            coupling("image coupling, conditional", shape, 2, 2, ColumnTransform.affine()),
            coupling("learned prior", new ImageShape(1, 1, 2), 0, 0, ColumnTransform.affine()),
            coupling("learned prior, conditional", shape, 1, 0, ColumnTransform.affine()),
            coupling("splines", shape, 0, 2, ColumnTransform.spline(2, 1.25)))
        .flatMap(BijectionContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> estimatedLogDeterminants() {
    int[] onward = {3, 0};
    return Stream.of(
            new NestingContract("pixels", 2, within -> Bijections.perPixel(3, within)),
            new NestingContract(
                "columns that go on", 2, rest -> Bijections.multiScale(5, onward, rest)),
            new NestingContract(
                "all of them",
                2,
                within ->
                    new Inverse(
                        Bijections.perPixel(
                            2,
                            new Composition(
                                List.of(
                                    Bijections.multiScale(4, onward, within),
                                    Bijections.perPixel(2, new Inverse(within))))))))
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
            BijectionContract.of("logit", (p, random) -> Bijections.logit(3, -2, 2.5))
                .definedOn((forward, v) -> !forward ? null : outside(-2, v, 2.5)),
            BijectionContract.of("sigmoid", (p, random) -> new Inverse(Bijections.logit(3, -1, 1)))
                .definedOn((forward, v) -> forward ? null : outside(-1, v, 1)),
            BijectionContract.of("exponential", (p, random) -> Bijections.exponential(3))
                .definedOn((forward, v) -> forward ? overflow(v) : notPositive(v)),
            BijectionContract.of("logarithm", (p, random) -> Bijections.logarithm(3))
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
    new Flow(DiagonalNormal.standard(2), norm, parameters.backend())
        .initialize(
            new double[][] {{1, -2}, {3, -2.5}, {-1, -1}},
            Context.none(),
            new SplittableRandom(GradientCheck.defaultSeed()));
    return norm;
  }

  @TestFactory
  Stream<DynamicTest> linearMaps() {
    return Stream.of(
            BijectionContract.of("actnorm", (p, random) -> Bijections.actNorm(p, "a", 2)),
            BijectionContract.of("batch normalisation", (p, random) -> batchNormalization(p)),
            BijectionContract.of("scaling", (p, random) -> Bijections.diagonalScaling(p, "s", 3)),
            BijectionContract.of("lu", (p, random) -> Bijections.luLinear(p, "lu", 2)),
            BijectionContract.of("lu of five", (p, random) -> Bijections.luLinear(p, "lu", 5)),
            BijectionContract.of(
                "glow's linear part",
                (p, random) ->
                    new Composition(
                        List.of(
                            Bijections.actNorm(p, "a", 4),
                            Bijections.permutation(p, "p", 4, random),
                            Bijections.luLinear(p, "lu", 4)))))
        .flatMap(BijectionContract::tests);
  }
}
