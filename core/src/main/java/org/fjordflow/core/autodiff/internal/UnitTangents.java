package org.fjordflow.core.autodiff.internal;

/**
 * What a tape knows of the directions along which tangents were taken, so that it can leave out
 * products with unit vectors.
 *
 * @param along whether tangent k is the derivative by column k of an input
 * @param column the column in which tangent 0 is one where tangents are unit vectors themselves:
 *     tangent k is one in column {@code column + k} and zero elsewhere, in every row; else -1
 */
public record UnitTangents(boolean along, int column) {

  public static final UnitTangents NONE = new UnitTangents(false, -1);

  /** Tangents of an input that are the unit vectors. */
  public static final UnitTangents INPUT = new UnitTangents(true, 0);

  /** Tangents of what was computed from such an input. */
  static final UnitTangents DERIVED = new UnitTangents(true, -1);

  /** Returns whether tangents are unit vectors themselves. */
  public boolean areUnits() {
    return column >= 0;
  }

  /** Returns whether tangents are derivatives by columns, and not unit vectors themselves. */
  public boolean areDerived() {
    return along && column < 0;
  }

  /** Returns what holds of what a function of the rows makes of them. */
  public UnitTangents ofResult() {
    return along ? DERIVED : NONE;
  }

  /** Returns what holds where columns without tangents were put before. */
  public UnitTangents shifted(int columns) {
    return areUnits() ? new UnitTangents(along, column + columns) : this;
  }
}
