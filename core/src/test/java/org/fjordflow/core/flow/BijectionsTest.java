package org.fjordflow.core.flow;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.core.testing.NestingContract;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The bijections of this package, and the one that other tests use, by the contract of all. */
final class BijectionsTest {

  private static final Standardization STANDARDIZATION =
      new Standardization(new double[] {0.3, -1, 2}, new double[] {0.5, 2, 1.3});

  @TestFactory
  Stream<DynamicTest> standardization() {
    return BijectionContract.of("standardization", (parameters, random) -> STANDARDIZATION).tests();
  }

  @TestFactory
  Stream<DynamicTest> standardizationOfOneColumn() {
    return BijectionContract.of(
            "standardization of one column",
            (parameters, random) -> new Standardization(new double[] {3}, new double[] {0.1}))
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> affine() {
    return BijectionContract.of(
            "affine", (parameters, random) -> AffineBijection.create(parameters, "a", 4, 0, random))
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> conditionalAffine() {
    return BijectionContract.of(
            "conditional affine",
            (parameters, random) -> AffineBijection.create(parameters, "a", 3, 2, random))
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> inverse() {
    return BijectionContract.of(
            "inverse",
            (parameters, random) ->
                new Inverse(AffineBijection.create(parameters, "a", 2, 1, random)))
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> estimatedLogDeterminants() {
    return Stream.of(
            new NestingContract("itself", 2, within -> within),
            new NestingContract("inverse", 2, Inverse::new),
            new NestingContract(
                "composition", 3, within -> new Composition(List.of(STANDARDIZATION, within))),
            new NestingContract(
                "composition of several",
                2,
                within -> new Composition(List.of(within, new Inverse(within), within))))
        .flatMap(NestingContract::tests);
  }

  @TestFactory
  Stream<DynamicTest> composition() {
    return BijectionContract.of(
            "composition",
            (parameters, random) ->
                new Composition(
                    List.of(
                        STANDARDIZATION,
                        AffineBijection.create(parameters, "a", 3, 2, random),
                        AffineBijection.create(parameters, "b", 3, 0, random),
                        new Composition(
                            List.of(AffineBijection.create(parameters, "c", 3, 2, random))))))
        .tests();
  }
}
