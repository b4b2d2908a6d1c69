package org.fjordflow.ode.internal.hipparchus;

import java.util.List;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.internal.dense.Interpolant;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.event.TriedStep;
import org.fjordflow.ode.internal.step.SolveStopped;
import org.fjordflow.ode.internal.step.Span;
import org.jspecify.annotations.Nullable;

/**
 * Looks for events on the polynomials of the steps, for methods that have no tableau: their steps
 * cannot be taken anew with another length.
 */
final class PolynomialSearch implements StepListener {
  private final EventSearch events;
  private final Span span;

  PolynomialSearch(EventSearch events, Span span) {
    this.events = events;
    this.span = span;
  }

  /** Looks at the start of the solve. */
  void start(double[] initialState) {
    events.start(span.start(), initialState);
  }

  @Override
  public void accepted(Interpolant polynomial) {
    double from = polynomial.start();
    while (from < polynomial.end()) {
      Rest rest = new Rest(span, polynomial, from);
      double length = events.search(rest);
      @Nullable Event event = events.stoppedBy();
      if (event != null) {
        throw new SolveStopped(SolveStatus.stopped(event, rest.time(length)));
      }
      from = length == rest.length() ? polynomial.end() : from + length;
    }
  }

  /** Returns the end of a solve, where it stopped at an event with the state there. */
  Solution end(Solution solution) {
    if (events.stoppedBy() == null) {
      return solution;
    }
    List<Event.Occurrence> found = events.found();
    double[] state = found.get(found.size() - 1).state().clone();
    return new Solution(solution.time(), state, solution.stats(), solution.status());
  }

  /** What is left of a step. */
  private record Rest(Span span, Interpolant polynomial, double from) implements TriedStep {
    @Override
    public double length() {
      return polynomial.end() - from;
    }

    @Override
    public double time(double length) {
      return span.time(from + length);
    }

    @Override
    public double[] end(double length) {
      return inner(length);
    }

    @Override
    public double[] beyond(double length, double more) {
      double s = from + length;
      double[] state = polynomial.state(s);
      double[] slope = polynomial.derivative(s);
      for (int i = 0; i < state.length; i++) {
        state[i] += more * slope[i];
      }
      return state;
    }

    @Override
    public double[] inner(double length) {
      return polynomial.state(length == length() ? polynomial.end() : from + length);
    }
  }
}
