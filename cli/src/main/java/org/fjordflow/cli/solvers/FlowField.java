package org.fjordflow.cli.solvers;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.SolveSettings.EnergyPenalty;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.model.FlowModel;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * A trained flow and rows that it is solved for.
 *
 * @param name of the problem
 * @param model in float64. Its gradient is modified; the caller closes it
 * @param rows what goes through it. Not modified
 * @param seed of probes
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record FlowField(String name, FlowModel model, double[][] rows, long seed) {
  /** Up to so many columns the divergence is exact; beyond, one probe a row, always the same. */
  private static final int EXACT_COLUMNS = 32;

  private static final long MAX_EVALUATIONS = 200_000;

  /** Rounding in networks ends what a tolerance can reach. */
  private static final double REFERENCE_TOLERANCE = 1e-13;

  /** Returns images and log-determinants of the rows. */
  Task.Result forward(Setting setting) {
    return forward(setting.config(MAX_EVALUATIONS));
  }

  /** Returns the gradient of the mean negative log-density for the parameters. */
  Task.Result gradient(Setting setting, Mode mode) {
    return gradient(setting.config(MAX_EVALUATIONS), mode);
  }

  /** Returns the result of Dormand-Prince 8(5,3) at 1e-13; of gradients by the discrete adjoint. */
  double[] reference(Mode mode) {
    SolverConfig tight =
        SolverConfig.adaptive(
                SolverMethod.DORMAND_PRINCE_853, REFERENCE_TOLERANCE, REFERENCE_TOLERANCE)
            .withMaxEvaluations(MAX_EVALUATIONS);
    return mode == Mode.FORWARD ? forward(tight).value() : gradient(tight, Mode.DISCRETE).value();
  }

  private Task.Result forward(SolverConfig solver) {
    Flow flow = solved(solver, new ContinuousAdjoint()).flow(); // not used, and every method has it
    Backend backend = flow.backend();
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, probes());
    int dim = flow.dim();
    Var x = tape.constant(RowArrays.flatten(rows, dim, "rows"), rows.length, dim);
    Transformed image = flow.bijection().forward(pass, x, null);
    Estimate logDet = image.logDet();
    if (logDet == null) {
      throw new FjordException(ErrorKey.UNSUPPORTED, name + " has no log-determinants");
    }
    double[] value = new double[rows.length * (dim + 1)];
    backend.download(image.value().value(), value, 0);
    backend.download(logDet.value().value(), value, rows.length * dim);
    return result(value, pass.work());
  }

  private Task.Result gradient(SolverConfig solver, Mode mode) {
    Adjoint adjoint = mode == Mode.CONTINUOUS ? new ContinuousAdjoint() : new DiscreteAdjoint();
    Flow flow = solved(solver, adjoint).flow();
    Tape tape = Tape.recording(flow.backend());
    Pass pass = Pass.training(tape, probes());
    model.parameters().zeroGradient();
    tape.backward(Objectives.negativeLogLikelihood(flow).loss(pass, Batch.of(rows)));
    return result(model.parameters().gradient(), pass.work());
  }

  private static Task.Result result(double[] value, Work work) {
    return new Task.Result(
        value,
        work.forwardEvaluations() + work.backwardEvaluations(),
        work.acceptedSteps(),
        work.rejectedSteps());
  }

  private FlowModel solved(SolverConfig solver, Adjoint adjoint) {
    Divergence divergence =
        model.dim() <= EXACT_COLUMNS
            ? new ExactTrace()
            : new Hutchinson(ProbeDistribution.RADEMACHER, 1);
    SolveSettings solve =
        new SolveSettings(
            new SolveSettings.Training(solver, adjoint, divergence, EnergyPenalty.NONE),
            new SolveSettings.Evaluation(solver, divergence, SolveSettings.Steps.SHARED));
    return model.withSolve(own -> solve);
  }

  private RandomGenerator probes() {
    return new RandomStreams(seed).generator(Purpose.PROBES);
  }
}
