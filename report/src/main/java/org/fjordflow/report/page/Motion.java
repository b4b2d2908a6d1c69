package org.fjordflow.report.page;

/**
 * Points of the plane that move, with a slider.
 *
 * @param title what it shows
 * @param note a sentence below, or empty
 * @param x the horizontal axis, with its range
 * @param y the vertical one, with its range
 * @param times in the order they are shown in
 * @param states for each time all points, x and y by turns
 * @param trails how many of the points, from the first, leave a line behind
 */
@SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
public record Motion(
    String title, String note, Axis x, Axis y, double[] times, double[][] states, int trails)
    implements Block {}
