package org.fjordflow.report.page;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.report.Limits;

/**
 * What is drawn in a chart. Values that are not finite leave gaps. A mark with a name is told in
 * the legend. Arrays are kept as they are.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Mark.Line.class, name = "line"),
  @JsonSubTypes.Type(value = Mark.Points.class, name = "points"),
  @JsonSubTypes.Type(value = Mark.Steps.class, name = "steps"),
  @JsonSubTypes.Type(value = Mark.Bars.class, name = "bars"),
  @JsonSubTypes.Type(value = Mark.Band.class, name = "band"),
  @JsonSubTypes.Type(value = Mark.Level.class, name = "level"),
  @JsonSubTypes.Type(value = Mark.Heat.class, name = "heat")
})
public sealed interface Mark {

  /** Returns what the legend says, or nothing for none. */
  String name();

  /** What a mark stands for, so that the same thing has the same colour everywhere. */
  enum Role {
    /** Rows of data, and training on them. */
    DATA,
    /** The model: its samples and predictions, and validation. */
    MODEL,
    /** Something third. */
    THIRD,
    /** Something fourth. */
    FOURTH,
    /** What others are held against: a diagonal, an expectation. */
    REFERENCE,
    /** What is to be seen first: a threshold, what lies beyond. */
    ALERT
  }

  /**
   * A line through points.
   *
   * @param name for the legend
   * @param role decides on the colour
   * @param x of each point
   * @param y of each point
   * @param look how it is drawn
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Line(String name, Role role, double[] x, double[] y, Look look) implements Mark {}

  /** How a line is drawn. */
  enum Look {
    /** As lines are. */
    PLAIN,
    /** Thin and pale, where there are many points or lines. */
    THIN,
    /** Broken. */
    DASHED,
    /** With a dot at each point. */
    DOTTED
  }

  /**
   * Points.
   *
   * @param name for the legend
   * @param role decides on the colour
   * @param x of each
   * @param y of each
   * @param size diameter in pixels
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Points(String name, Role role, double[] x, double[] y, double size) implements Mark {}

  /**
   * A histogram's outline.
   *
   * @param name for the legend
   * @param role decides on the colour
   * @param edges of the bins, increasing, one more than heights
   * @param heights of the bins
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Steps(String name, Role role, double[] edges, double[] heights) implements Mark {}

  /**
   * Bars over an axis of names.
   *
   * @param name for the legend
   * @param role decides on the colour
   * @param heights one a name
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Bars(String name, Role role, double[] heights) implements Mark {}

  /**
   * The area between two lines.
   *
   * @param name for the legend
   * @param role decides on the colour
   * @param x increasing
   * @param lower ends
   * @param upper ends
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Band(String name, Role role, double[] x, double[] lower, double[] upper) implements Mark {}

  /**
   * A straight line across the chart.
   *
   * @param name said beside it
   * @param role decides on the colour
   * @param at where
   * @param vertical whether {@code at} is on the horizontal axis
   */
  record Level(String name, Role role, double at, boolean vertical) implements Mark {}

  /**
   * Log-densities over a part of the plane, as colours of the densities.
   *
   * @param name what the values are, with their unit
   * @param limits the part of the plane
   * @param columns cells along the horizontal axis
   * @param values log-densities in the middle of each cell: the lowest row first, in it from left
   *     to right
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over to be drawn, never compared
  record Heat(String name, Limits limits, int columns, double[] values) implements Mark {}
}
