package org.fjordflow.core.data.internal;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * An array of any number of axes, as safetensors, npy, npz and idx files hold them.
 *
 * @param type the element type in the file
 * @param shape the length of every axis, none for a single number; held, not copied. Not modified
 * @param values the elements in row-major order, as many as the product of the shape; held, not
 *     copied. Not modified
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record Tensor(TensorType type, int[] shape, double[] values) {
  /**
   * Checks that the number of values fits the shape.
   *
   * @throws FjordException SHAPE_MISMATCH if it does not
   */
  public Tensor {
    TensorShapes.requireSize(shape, values.length);
  }

  /**
   * A float64 tensor.
   *
   * @param values the elements in row-major order, held. Not modified
   * @param shape the length of every axis, held. Not modified
   * @return the tensor
   * @throws FjordException SHAPE_MISMATCH if the number of values does not fit the shape
   */
  public static Tensor float64(double[] values, int... shape) {
    return new Tensor(TensorType.F64, shape, values);
  }

  /**
   * A float32 tensor; the values are rounded when they are written.
   *
   * @param values the elements in row-major order, held. Not modified
   * @param shape the length of every axis, held. Not modified
   * @return the tensor
   * @throws FjordException SHAPE_MISMATCH if the number of values does not fit the shape
   */
  public static Tensor float32(double[] values, int... shape) {
    return new Tensor(TensorType.F32, shape, values);
  }

  /**
   * The tensor as rows of numbers: the first axis are the rows, the others are flattened. A tensor
   * of one axis is one column, a single number one row of one column.
   *
   * @return [rows][columns], copied
   * @throws FjordException SHAPE_MISMATCH if it has rows but no columns
   */
  public double[][] toRows() {
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
    return rows;
  }

  /** Two tensors are equal if types, shapes and the bits of the values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Tensor that
        && type == that.type
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * type.hashCode() + Arrays.hashCode(shape)) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Tensor[" + type + " " + Arrays.toString(shape) + "]";
  }
}
