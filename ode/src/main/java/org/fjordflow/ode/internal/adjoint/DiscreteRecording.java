package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepCounter;
import org.fjordflow.ode.internal.step.StepRows;
import org.fjordflow.ode.internal.step.TimeGradient;

/** The accepted steps of a forward solve, and the way back through them. */
public record DiscreteRecording(
    PartitionedOdeSystem system, StepRows rows, Route route, KeptSteps kept, Trajectory trajectory)
    implements Recording.OfTrajectory {

  @Override
  public AdjointGradient backward(double[][] cotangents) {
    trajectory.orThrow();
    Cotangents.check(cotangents, route.size(), system.dimension());
    int last = route.size() - 1;
    StepCounter counter = new StepCounter();
    StepAdjoint adjoint = new StepAdjoint(system, rows, route.segment(last), cotangents[last]);
    RouteGradient times = new RouteGradient(route);
    long evaluations = 0;
    try {
      for (int segment = last; segment >= 0; segment--) {
        Span span = route.segment(segment);
        if (segment < last) {
          adjoint.enter(span);
          adjoint.add(cotangents[segment]);
        }
        if (span.length() == 0 || system.dimension() == 0) {
          double[] state = trajectory.states()[segment];
          times.addEmpty(segment, system, state, adjoint.cotangent());
          evaluations++;
          continue;
        }
        for (int n = kept.segmentEnd(segment) - 1; n >= kept.segmentEnd(segment - 1); n--) {
          KeptSteps.Step step = kept.step(n);
          adjoint.reverse(step, kept.take(n));
          counter.accept(step.length());
        }
        TimeGradient ends = adjoint.timeGradient();
        times.add(segment, ends.start(), ends.end());
      }
    } finally {
      kept.close();
    }
    SolveStats stats =
        counter.stats(
            evaluations + adjoint.pullbacks(),
            counter.accepted(),
            SolveStats.Stepper.PARTS,
            Double.NaN);
    return times.with(adjoint.cotangent(), stats);
  }
}
