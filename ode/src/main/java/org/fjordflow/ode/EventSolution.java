package org.fjordflow.ode;

import java.util.List;

/**
 * A solve that looked for events.
 *
 * @param solution how it ended
 * @param events the events met, in the order of the solve; the last one is where it stopped if its
 *     outcome is {@link SolveStatus.Outcome#STOPPED_BY_EVENT}
 */
public record EventSolution(Solution solution, List<Event.Occurrence> events) {
  /** Copies the list. */
  public EventSolution {
    events = List.copyOf(events);
  }
}
