package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;

/** A solve whose end is its only output time. */
public record EndRecording(Recording.OfTrajectory whole) implements Recording {
  @Override
  public Solution solution() {
    return whole.trajectory().end();
  }

  @Override
  public AdjointGradient backward(double[] finalStateCotangent) {
    return whole.backward(new double[][] {finalStateCotangent});
  }
}
