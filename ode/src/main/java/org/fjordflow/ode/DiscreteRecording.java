package org.fjordflow.ode;

/** The accepted steps of a forward solve, and the way back through them. */
final class DiscreteRecording implements Recording {
  private final PartitionedOdeSystem system;
  private final StepRows rows;
  private final Span span;
  private final KeptSteps kept;
  private final Solution solution;

  DiscreteRecording(
      PartitionedOdeSystem system, StepRows rows, Span span, KeptSteps kept, Solution solution) {
    this.system = system;
    this.rows = rows;
    this.span = span;
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
    if (span.length() == 0 || cotangent.length == 0) {
      return Cotangents.ofEmptySpan(system, span.end(), solution.state(), cotangent);
    }
    StepCounter counter = new StepCounter();
    StepAdjoint adjoint = new StepAdjoint(system, rows, span, cotangent);
    try {
      for (int n = kept.size() - 1; n >= 0; n--) {
        KeptSteps.Step step = kept.step(n);
        adjoint.reverse(step, kept.take(n));
        counter.accept(step.length());
      }
    } finally {
      kept.close();
    }
    TimeGradient times = adjoint.timeGradient();
    return new AdjointGradient(
        adjoint.cotangent(),
        times.start(),
        times.end(),
        counter.stats(adjoint.pullbacks(), counter.accepted()));
  }
}
