package org.fjordflow.ode;

/**
 * An event that a solve met.
 *
 * @param event which
 * @param time when, within the event's tolerance of the zero of g along the numerical solution
 * @param state the state then, the end of a step; the caller's own array
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record EventOccurrence(Event event, double time, double[] state) {}
