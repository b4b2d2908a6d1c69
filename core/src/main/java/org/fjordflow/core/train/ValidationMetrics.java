package org.fjordflow.core.train;

/**
 * What a validation showed.
 *
 * @param step after which it was made
 * @param loss infinite where it could not be computed
 * @param best whether no earlier one was as good
 * @param seconds since training or its resumption began
 */
public record ValidationMetrics(long step, double loss, boolean best, double seconds) {}
