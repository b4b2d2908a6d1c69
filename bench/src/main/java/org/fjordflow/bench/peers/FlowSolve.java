package org.fjordflow.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.fjordflow.bench.GradientStep;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * One solve of a trained flow with a method and accuracy of its own. Its result is the end state of
 * the batch with its log-determinants, or the gradient of the mean negative log-likelihood.
 */
final class FlowSolve {

  private static final String FORWARD = "forward";

  private final BuiltModel<ModelConfig> model;
  private final double[][] batch;
  private final boolean forward;
  private final RandomGenerator random = new RandomStreams(0).generator(Purpose.PROBES);
  private Work work = new Work();
  private SafetensorsFile result = new SafetensorsFile(Map.of(), Map.of());

  /**
   * Prepares a solve.
   *
   * @param loaded weights and rows; its gradients are modified
   * @param request names {@code method} and {@code mode} (forward, discrete or continuous), with
   *     {@code rtol} and {@code atol}, or {@code steps}
   */
  FlowSolve(Loaded loaded, JsonNode request) {
    SolverMethod method = SolverMethod.of(request.path("method").asText());
    SolverConfig solver =
        method.isAdaptive()
            ? SolverConfig.adaptive(
                method, request.path("rtol").asDouble(), request.path("atol").asDouble())
            : SolverConfig.fixed(method, request.path("steps").asInt());
    String mode = request.path("mode").asText();
    forward = mode.equals(FORWARD);
    model = loaded.solvedBy(solver, adjoint(mode));
    batch = loaded.batch();
  }

  private static Adjoint adjoint(String mode) {
    return switch (mode) {
      case FORWARD, "discrete" -> new DiscreteAdjoint();
      case "continuous" -> new ContinuousAdjoint();
      default -> throw new IllegalArgumentException("asked to solve '" + mode + "'");
    };
  }

  /** Solves. */
  void run() {
    if (forward) {
      solve();
    } else {
      differentiate();
    }
  }

  /** Returns what the last run cost. */
  Work work() {
    return work;
  }

  /** Returns what the last run gave, in float64. */
  SafetensorsFile result() {
    return result;
  }

  private void solve() {
    Backend backend = model.flow().backend();
    Tape tape = Tape.evaluating(backend);
    int dim = model.flow().dim();
    Var x = tape.constant(RowArrays.flatten(batch, dim, WorkloadFolder.BATCH), batch.length, dim);
    Pass pass = Pass.evaluation(tape, random);
    Transformed end = model.flow().bijection().forward(pass, x, null);
    work = pass.work();
    Estimate logDet = end.logDet();
    if (logDet == null) {
      throw new IllegalStateException("no log-determinants were computed");
    }
    result =
        new SafetensorsFile(
            Map.of(
                "state", tensor(backend, end.value()), "log_det", tensor(backend, logDet.value())),
            Map.of());
  }

  private static Tensor tensor(Backend backend, Var value) {
    double[] values = new double[value.value().size()];
    backend.download(value.value(), values, 0);
    return Tensor.float64(values, value.rows(), values.length / value.rows());
  }

  // The step's model is that of `loaded`, which closes it.
  private void differentiate() {
    GradientStep step = new GradientStep(model, batch);
    work = step.run();
    result = GradientTensors.of(model.parameters(), Map.of("loss", Double.toString(step.loss())));
  }
}
