package org.fjordflow.ode;

/** The accepted steps of a forward solve, and the way back through them. */
final class DiscreteRecording implements TrajectoryRecording {
  private final PartitionedOdeSystem system;
  private final StepRows rows;
  private final Route route;
  private final KeptSteps kept;
  private final Trajectory trajectory;

  DiscreteRecording(
      PartitionedOdeSystem system,
      StepRows rows,
      Route route,
      KeptSteps kept,
      Trajectory trajectory) {
    this.system = system;
    this.rows = rows;
    this.route = route;
    this.kept = kept;
    this.trajectory = trajectory;
  }

  @Override
  public Trajectory trajectory() {
    return trajectory;
  }

  @Override
  public TrajectoryGradient backward(double[][] cotangents) {
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
            evaluations + adjoint.pullbacks(), counter.accepted(), Stepper.PARTS, Double.NaN);
    return times.with(adjoint.cotangent(), stats);
  }
}
