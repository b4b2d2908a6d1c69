package org.fjordflow.ode;

/** The accepted steps of a forward solve, and the way back through them. */
final class DiscreteRecording implements Recording {
  private final Tableau tableau;
  private final DifferentiableOdeSystem system;
  private final Span span;
  private final StepStore steps;
  private final KeptStages kept;
  private final Solution solution;

  DiscreteRecording(
      Tableau tableau,
      DifferentiableOdeSystem system,
      Span span,
      StepStore steps,
      KeptStages kept,
      Solution solution) {
    this.tableau = tableau;
    this.system = system;
    this.span = span;
    this.steps = steps;
    this.kept = kept;
    this.solution = solution;
  }

  @Override
  public Solution solution() {
    return solution;
  }

  @Override
  public AdjointGradient backward(double[] finalStateCotangent) {
    solution.orThrow();
    double[] cotangent = Cotangents.copy(finalStateCotangent, system.dimension());
    if (span.length() == 0) {
      return Cotangents.ofEmptySpan(system, span.end(), solution.state(), cotangent);
    }
    StepCounter counter = new StepCounter();
    StepAdjoint step = new StepAdjoint(tableau, system, span);
    try {
      for (int n = steps.size() - 1; n >= 0; n--) {
        step.reverse(steps.start(n), steps.length(n), steps.state(n), kept.take(n), cotangent);
        counter.accept(steps.length(n));
      }
    } finally {
      kept.close();
    }
    return new AdjointGradient(
        cotangent,
        step.startTimeGradient(),
        step.endTimeGradient(),
        counter.stats(step.pullbacks(), counter.accepted()));
  }
}
