package org.fjordflow.inference.amortised;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.Flows;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/** Small autoencoders without kinks, which differences would meet. */
final class VaeCases {

  static final int LATENT = 3;

  private VaeCases() {}

  /**
   * Every posterior; the continuous one is solved so well that differences do not see its steps.
   */
  static Stream<PosteriorFlow> posteriors() {
    SolveSettings exact =
        SolveSettings.exact()
            .withSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-11, 1e-11))
            .withTrainingDivergence(new ExactTrace());
    return Stream.of(
        PosteriorFlow.none(),
        PosteriorFlow.planar(2),
        PosteriorFlow.radial(2),
        PosteriorFlow.of(columns -> Flows.maf(columns, 2, 8).withActivation(Activation.TANH)),
        PosteriorFlow.orthogonalSylvester(2, 2),
        PosteriorFlow.orthogonalSylvester(1, 1),
        PosteriorFlow.householderSylvester(2, 2, 3),
        new Continuous(2, 2, List.of(5), exact));
  }

  static VaeConfig config(Likelihood likelihood, PosteriorFlow posterior) {
    return new VaeConfig(
        4,
        LATENT,
        5,
        NetworkConfig.dense(Activation.TANH, 6),
        NetworkConfig.gated(6),
        likelihood,
        posterior);
  }

  /** Moves all parameters, so that none is near its start. */
  static void shake(Parameters parameters, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] theta = parameters.get();
    Arrays.setAll(theta, i -> theta[i] + random.nextDouble(-0.4, 0.4));
    parameters.set(theta);
  }
}
