package org.fjordflow.core.data;

import java.util.Arrays;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * An array of any number of axes, as npy, npz and idx files hold them.
 *
 * @param shape the length of every axis, none for a single number; held, not copied. Not modified
 * @param values the elements in row-major order, as many as the product of the shape; held, not
 *     copied. Not modified
 */
public record NdArray(int[] shape, double[] values) {
  /**
   * Checks that the number of values fits the shape.
   *
   * @throws FjordException SHAPE_MISMATCH if it does not
   */
  public NdArray {
    Shapes.requireSize(shape, values.length);
  }

  /**
   * The array as a table: the first axis are its rows, the others are flattened. An array of one
   * axis is one column, a single number one row of one column.
   *
   * @return the table, with copies of the values
   * @throws FjordException SHAPE_MISMATCH if it has rows but no columns
   */
  public Table toTable() {
    int rowCount = shape.length == 0 ? 1 : shape[0];
    if (rowCount > 0 && values.length == 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "an array of shape " + Arrays.toString(shape) + " holds no numbers, expected a table");
    }
    int columns = rowCount == 0 ? 0 : values.length / rowCount;
    double[][] rows = new double[rowCount][];
    for (int i = 0; i < rowCount; i++) {
      rows[i] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
    }
    return Table.of(rows);
  }

  /** Two arrays are equal if their shapes and the bits of their values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof NdArray that
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "NdArray" + Arrays.toString(shape);
  }
}
