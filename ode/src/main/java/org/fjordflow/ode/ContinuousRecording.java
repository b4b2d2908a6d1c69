package org.fjordflow.ode;

/** The end of a forward solve, and the adjoint solve back from it. */
final class ContinuousRecording implements Recording {
  private final SolverConfig config;
  private final DifferentiableOdeSystem system;
  private final Span span;
  private final double[] initialState;
  private final Solution solution;

  ContinuousRecording(
      SolverConfig config,
      DifferentiableOdeSystem system,
      Span span,
      double[] initialState,
      Solution solution) {
    this.config = config;
    this.system = system;
    this.span = span;
    this.initialState = initialState;
    this.solution = solution;
  }

  @Override
  public Solution solution() {
    return solution;
  }

  @Override
  public AdjointGradient backward(double[] finalStateCotangent) {
    solution.orThrow();
    int dimension = system.dimension();
    double[] cotangent = Cotangents.copy(finalStateCotangent, dimension);
    if (span.length() == 0 || dimension == 0) {
      return Cotangents.ofEmptySpan(system, span.end(), solution.state(), cotangent);
    }
    double scale = scale(cotangent);
    double[] augmented = new double[2 * dimension];
    System.arraycopy(solution.state(), 0, augmented, 0, dimension);
    for (int i = 0; i < dimension; i++) {
      augmented[dimension + i] = cotangent[i] / scale;
    }
    Span back = new Span(span.end(), span.start());
    Solution end;
    double endTime;
    try (AdjointField field =
        new AdjointField(config.method().tableau(), system, -back.direction() * scale)) {
      end = OdeSolver.solve(config, field, back, augmented, field).orThrow();
      endTime = scale * field.initialSlope();
    }
    for (int i = 0; i < dimension; i++) {
      cotangent[i] = scale * end.state()[dimension + i];
    }
    double[] slope = new double[dimension];
    system.derivatives(span.start(), initialState, slope);
    SolveStats stats = end.stats().plus(new SolveStats(1, 0, 0, 0, 0, 0));
    return new AdjointGradient(cotangent, -Cotangents.dot(cotangent, slope), endTime, stats);
  }

  /** Returns the power of two near the root mean square, so that scaling does not round. */
  private static double scale(double[] cotangent) {
    double meanSquare = Cotangents.dot(cotangent, cotangent) / Math.max(1, cotangent.length);
    boolean usable = meanSquare >= Double.MIN_NORMAL && meanSquare <= Double.MAX_VALUE;
    return usable ? Math.scalb(1.0, Math.getExponent(Math.sqrt(meanSquare))) : 1;
  }
}
