package org.fjordflow.core.data.internal;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Sizes of arrays, guarded against lengths that a damaged file claims. */
public final class TensorShapes {
  private TensorShapes() {}

  /** The number of elements, or -1 where an axis is negative or the product above 2^31 - 1. */
  public static int size(int... shape) {
    long size = 1;
    boolean empty = false;
    for (int length : shape) {
      if (length < 0) {
        return -1;
      }
      empty |= length == 0;
    }
    if (empty) {
      return 0;
    }
    for (int length : shape) {
      size *= length; // both factors below 2^31: no overflow before the check
      if (size > Integer.MAX_VALUE) {
        return -1;
      }
    }
    return (int) size;
  }

  public static void requireSize(int[] shape, int values) {
    if (size(shape) != values) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          values + " values do not fill the shape " + Arrays.toString(shape));
    }
  }

  /**
   * Brings elements from column-major into row-major order.
   *
   * @param shape the length of every axis
   * @param values the elements, first axis fastest
   * @return the elements, last axis fastest
   */
  static double[] fromFortranOrder(int[] shape, double[] values) {
    if (shape.length < 2) {
      return values;
    }
    double[] result = new double[values.length];
    int[] index = new int[shape.length];
    int[] stride = new int[shape.length];
    for (int axis = 0, step = 1; axis < shape.length && values.length > 0; axis++) {
      stride[axis] = step;
      step *= shape[axis];
    }
    int from = 0;
    for (int to = 0; to < result.length; to++) {
      result[to] = values[from];
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        index[axis]++;
        from += stride[axis];
        if (index[axis] < shape[axis]) {
          break;
        }
        from -= shape[axis] * stride[axis];
        index[axis] = 0;
      }
    }
    return result;
  }
}
