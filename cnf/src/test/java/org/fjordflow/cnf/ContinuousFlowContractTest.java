package org.fjordflow.cnf;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.cnf.internal.field.FfjordField;
import org.fjordflow.cnf.internal.field.MlpField;
import org.fjordflow.cnf.internal.field.PotentialField;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Continuous flows by the contract of all bijections; tolerances are those of the solver. */
final class ContinuousFlowContractTest {

  private static final SolveSettings ACCURATE =
      SolveSettings.exact().withSolver(SolverConfig.fixed(SolverMethod.LUTHER, 12));

  private static BijectionContract contract(String name, BijectionContract.Factory factory) {
    return BijectionContract.of(name, factory).withTolerances(1e-8, 1e-7, 1e-4);
  }

  /** As accurate as the element type allows. */
  private static SolveSettings adaptive(DType dtype) {
    double tolerance = dtype == DType.FLOAT32 ? 1e-6 : 1e-11;
    return SolveSettings.exact()
        .withSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, tolerance, tolerance))
        // The contract compares passes that record, which share steps, with those that do not.
        .withEvaluationSteps(SolveSettings.Steps.SHARED)
        .withAdjoint(new ContinuousAdjoint());
  }

  @TestFactory
  Stream<DynamicTest> unconditional() {
    return contract(
            "concatsquash",
            (parameters, random) -> {
              TimeLayerKind kind = TimeLayerKind.CONCATSQUASH;
              FfjordField field =
                  new FfjordField(
                      List.of(
                          kind.create(parameters, "0", 2, 4, random),
                          kind.create(parameters, "1", 4, 2, random)),
                      Activation.TANH);
              EndTime end = EndTime.trained(parameters, "end", 0.5);
              return new ContinuousFlow(2, 0, field, end, ACCURATE);
            })
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> ofAPotential() {
    return contract(
            "conditional potential",
            (parameters, random) -> {
              PotentialField field = PotentialField.create(parameters, "p", 2, 2, 5, 2, 1, random);
              return new ContinuousFlow(2, 2, field, new EndTime.Fixed(0.5), ACCURATE);
            })
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> conditional() {
    return contract(
            "conditional mlp",
            (parameters, random) -> {
              Mlp mlp =
                  Mlp.create(parameters, "mlp", List.of(5, 5, 2), Activation.SOFTPLUS, random);
              EndTime end = new EndTime.Fixed(0.5);
              return new ContinuousFlow(2, 2, new MlpField(mlp), end, ACCURATE);
            })
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> conditionalThroughAnEmbedding() {
    EmbeddingConfig embedding = new EmbeddingConfig(List.of(3), 2, Activation.TANH);
    return contract(
            "mlp behind an embedding",
            (parameters, random) -> {
              Mlp network = embedding.create(parameters, 3, random);
              Mlp mlp =
                  Mlp.create(parameters, "mlp", List.of(5, 5, 2), Activation.SOFTPLUS, random);
              EndTime end = new EndTime.Fixed(0.5);
              return embedding.before(
                  new ContinuousFlow(2, 2, new MlpField(mlp), end, ACCURATE), network);
            })
        .tests();
  }

  @TestFactory
  Stream<DynamicTest> adaptiveBlocksInSequence() {
    return contract(
            "two blocks, adaptive, continuous adjoint",
            (parameters, random) -> {
              SolveSettings options = adaptive(parameters.backend().dtype());
              Mlp first = Mlp.create(parameters, "a", List.of(4, 3, 2), Activation.TANH, random);
              Mlp second = Mlp.create(parameters, "b", List.of(3, 3, 2), Activation.TANH, random);
              EndTime end = EndTime.trained(parameters, "end", 0.5);
              return new Composition(
                  List.of(
                      new ContinuousFlow(2, 1, new MlpField(first), end, options),
                      new ContinuousFlow(2, 0, new MlpField(second), end, options)));
            })
        .tests();
  }
}
