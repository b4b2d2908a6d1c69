package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.EventSolution;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptStages;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepCounter;
import org.fjordflow.ode.internal.step.StepRows;
import org.fjordflow.ode.internal.step.TimeGradient;
import org.jspecify.annotations.Nullable;

/**
 * The accepted steps of a solve until an event, and the way back through them. What moves with the
 * event's time is the last step: it begins where it began, and its length is the one at which g is
 * zero at its end. So the gradient is that of the numbers that were computed.
 */
public final class DiscreteEventRecording implements Recording.OfEvents {
  private final DiscreteRecording whole;
  private final EventSearch search;
  private final EventSolution solution;

  public DiscreteEventRecording(DiscreteRecording whole, EventSearch search) {
    this.whole = whole;
    this.search = search;
    this.solution = new EventSolution(whole.trajectory().end(), search.found());
  }

  @Override
  public EventSolution solution() {
    return solution;
  }

  @Override
  public AdjointGradient backward(double[] stateCotangent, double timeCotangent) {
    solution.solution().orThrow();
    Cotangents.check(new double[][] {stateCotangent}, 1, whole.system().dimension());
    try {
      @Nullable Event event = search.stoppedBy();
      return event == null
          ? throughLatestTime(stateCotangent, timeCotangent)
          : throughEvent(event, stateCotangent, timeCotangent);
    } finally {
      whole.kept().close();
    }
  }

  private AdjointGradient throughLatestTime(double[] stateCotangent, double timeCotangent) {
    AdjointGradient gradient = new EndRecording(whole).backward(stateCotangent);
    return new AdjointGradient(
        gradient.initialState(),
        gradient.startTime(),
        gradient.endTime() + timeCotangent,
        gradient.stats());
  }

  private AdjointGradient throughEvent(Event event, double[] stateCotangent, double timeCotangent) {
    PartitionedOdeSystem system = whole.system();
    StepRows rows = whole.rows();
    KeptSteps kept = whole.kept();
    Span span = whole.route().whole();
    Solution end = solution.solution();
    int last = kept.size() - 1;
    KeptSteps.Step step = kept.step(last);
    LastStep lastStep = new LastStep(system, rows, span, step, end.time());
    double[] slope = new double[system.dimension()];
    system.derivatives(end.time(), end.state(), slope);
    EventGradient atEvent =
        EventGradient.at(
            event, end, search.secant(), stateCotangent, timeCotangent, slope, lastStep::reverse);
    // Both cotangents have been swept back by now, with their gradients of the parameters.
    double[] correction = atEvent.stateGradient();
    for (int d = 0; d < correction.length; d++) {
      correction[d] *= -(1 + atEvent.factor());
    }
    lastStep.reverse(correction);

    StepCounter counter = new StepCounter();
    counter.accept(step.length());
    StepAdjoint adjoint = new StepAdjoint(system, rows, span, lastStep.cotangent());
    KeptStages unused = kept.take(last);
    if (unused != null) {
      unused.close();
    }
    for (int n = last - 1; n >= 0; n--) {
      adjoint.reverse(kept.step(n), kept.take(n));
      counter.accept(kept.step(n).length());
    }
    double startTime = lastStep.startTime();
    if (last > 0) {
      // Steps before the last keep their places between the start and the start of the last.
      TimeGradient ends = adjoint.timeGradient();
      startTime = ends.start() + ends.end() * (1 - span.length() / step.start());
    }
    long evaluations = 1 + lastStep.pullbacks() + adjoint.pullbacks();
    SolveStats stats =
        counter.stats(evaluations, counter.accepted(), SolveStats.Stepper.PARTS, Double.NaN);
    return new AdjointGradient(adjoint.cotangent(), startTime, 0, stats);
  }

  /** Sums of several ways back through the last step. */
  private static final class LastStep {
    private final PartitionedOdeSystem system;
    private final StepRows rows;
    private final Span span;
    private final KeptSteps.Step step;
    private final double[] cotangent;
    private double startTime;
    private long pullbacks;

    LastStep(
        PartitionedOdeSystem system, StepRows rows, Span whole, KeptSteps.Step step, double end) {
      this.system = system;
      this.rows = rows;
      this.span = new Span(whole.time(step.start()), end);
      this.step = new KeptSteps.Step(0, step.length(), step.states());
      this.cotangent = new double[system.dimension()];
    }

    /** Goes back once more; returns the derivative with respect to the end of the step. */
    double reverse(double[] endCotangent) {
      StepAdjoint adjoint = new StepAdjoint(system, rows, span, endCotangent);
      adjoint.reverse(step, null);
      double[] back = adjoint.cotangent();
      for (int d = 0; d < back.length; d++) {
        cotangent[d] += back[d];
      }
      startTime += adjoint.timeGradient().start();
      pullbacks += adjoint.pullbacks();
      return adjoint.timeGradient().end();
    }

    double[] cotangent() {
      return cotangent;
    }

    double startTime() {
      return startTime;
    }

    long pullbacks() {
      return pullbacks;
    }
  }
}
