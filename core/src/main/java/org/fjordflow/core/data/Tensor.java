package org.fjordflow.core.data;

import java.util.Arrays;
import org.fjordflow.core.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * An array of a safetensors file.
 *
 * @param type the element type in the file
 * @param shape the length of every axis, none for a single number; held, not copied. Not modified
 * @param values the elements in row-major order, as many as the product of the shape; held, not
 *     copied. Not modified
 */
public record Tensor(TensorType type, int[] shape, double[] values) {
  /**
   * Checks that the number of values fits the shape.
   *
   * @throws FjordException SHAPE_MISMATCH if it does not
   */
  public Tensor {
    Shapes.requireSize(shape, values.length);
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
   * The tensor as a table: the first axis are its rows, the others are flattened.
   *
   * @return the table, with copies of the values
   * @throws FjordException SHAPE_MISMATCH if it has no columns
   */
  public Table toTable() {
    return new NdArray(shape, values).toTable();
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
