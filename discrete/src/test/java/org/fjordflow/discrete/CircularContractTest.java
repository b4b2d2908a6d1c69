package org.fjordflow.discrete;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Flows with columns of angles, by the contract of all bijections. */
final class CircularContractTest {

  /** Few bins: second derivatives jump at knots, which finite differences must not straddle. */
  private static final ColumnTransform SPLINE = ColumnTransform.spline(3, 5);

  private static Stream<DynamicTest> contracts(FlowConfig config, Integer... circular) {
    return Stream.of(config, config.withContext(2)).flatMap(each -> contract(each, circular));
  }

  private static Stream<DynamicTest> contract(FlowConfig config, Integer... circular) {
    FlowConfig turned = config.withCircular(List.of(circular));
    return BijectionContract.of(
            "%s, %d columns with angles %s, context %d"
                .formatted(
                    turned.getClass().getSimpleName(),
                    turned.dim(),
                    turned.circular(),
                    turned.contextSize()),
            turned::bijection)
        .withCircular(turned.circular())
        .tests();
  }

  private static AutoregressiveConfig autoregressive(int dim, int layers) {
    return Flows.autoregressiveNsf(dim, layers, 5)
        .withActivation(Activation.TANH)
        .withTransform(SPLINE);
  }

  private static CouplingConfig coupling(int dim, int layers) {
    return coupling(dim, layers, 4);
  }

  private static CouplingConfig coupling(int dim, int layers, int hidden) {
    return Flows.nsf(dim, layers, hidden).withActivation(Activation.TANH).withTransform(SPLINE);
  }

  @TestFactory
  Stream<DynamicTest> autoregressive() {
    return Stream.of(
            // Without a context nothing but the last bias moves a single column.
            contract(autoregressive(1, 2).withContext(2), 0),
            contracts(autoregressive(2, 2), 0, 1),
            contracts(autoregressive(2, 2), 1),
            contracts(autoregressive(3, 1), 2, 0),
            contracts(
                autoregressive(5, 2).withOrdering(AutoregressiveConfig.Ordering.RANDOM), 1, 3))
        .flatMap(tests -> tests);
  }

  @TestFactory
  Stream<DynamicTest> coupling() {
    CouplingConfig alternate =
        new CouplingConfig(
            2,
            0,
            2,
            List.of(4),
            Activation.TANH,
            SPLINE,
            CouplingConfig.Mixing.ALTERNATE,
            false,
            false,
            0,
            List.of());
    return Stream.of(
            contract(coupling(1, 1).withContext(2), 0),
            contracts(coupling(2, 2, 6), 0, 1),
            contracts(coupling(2, 2), 1),
            contracts(coupling(4, 3), 0, 1, 3),
            contracts(coupling(5, 2), 3),
            contracts(alternate, 0))
        .flatMap(tests -> tests);
  }
}
