package org.fjordflow.report.page;

import java.util.List;

/**
 * A chart with two axes.
 *
 * @param title what it shows
 * @param note a sentence below, or empty
 * @param x the horizontal axis
 * @param y the vertical one
 * @param square whether the ranges of both axes are equally long on the page, as for a plane
 * @param marks what is drawn, the first one lowest
 */
public record Chart(String title, String note, Axis x, Axis y, boolean square, List<Mark> marks)
    implements Block {

  /** Copies the list. */
  public Chart {
    marks = List.copyOf(marks);
  }
}
