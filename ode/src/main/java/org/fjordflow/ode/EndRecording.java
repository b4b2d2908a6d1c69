package org.fjordflow.ode;

/** A solve whose end is its only output time. */
record EndRecording(TrajectoryRecording whole) implements Recording {
  @Override
  public Solution solution() {
    return whole.trajectory().end();
  }

  @Override
  public AdjointGradient backward(double[] finalStateCotangent) {
    TrajectoryGradient gradient = whole.backward(new double[][] {finalStateCotangent});
    return new AdjointGradient(
        gradient.initialState(), gradient.startTime(), gradient.outputTimes()[0], gradient.stats());
  }
}
