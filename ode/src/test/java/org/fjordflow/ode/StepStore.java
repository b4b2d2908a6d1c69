package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps start, length and initial state of accepted steps: what the way back starts from. */
final class StepStore implements StepListener {
  private double[] starts = new double[32];
  private double[] lengths = new double[32];
  private final List<double[]> states = new ArrayList<>();

  @Override
  public void accepted(double s, double length, double[] state) {
    int index = states.size();
    if (index == starts.length) {
      starts = Arrays.copyOf(starts, 2 * index);
      lengths = Arrays.copyOf(lengths, 2 * index);
    }
    starts[index] = s;
    lengths[index] = length;
    states.add(state);
  }

  int size() {
    return states.size();
  }

  double start(int index) {
    return starts[index];
  }

  double length(int index) {
    return lengths[index];
  }

  /** Returns the state at the start of a step; not to be modified. */
  double[] state(int index) {
    return states.get(index);
  }
}
