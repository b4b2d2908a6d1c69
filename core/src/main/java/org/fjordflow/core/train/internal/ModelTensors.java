package org.fjordflow.core.train.internal;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.fjordflow.core.nn.Parameters;

/** The values of a model as named tensors, and back. */
public final class ModelTensors {

  private ModelTensors() {}

  /**
   * The values under their names, with their shapes, in the type of the model's backend; buffers
   * among them.
   *
   * @param parameters Not modified.
   * @param metadata strings to go with them
   */
  public static SafetensorsFile of(Parameters parameters, Map<String, String> metadata) {
    TensorType type =
        parameters.backend().dtype() == DType.FLOAT32 ? TensorType.F32 : TensorType.F64;
    Map<String, Tensor> tensors = cut(parameters.entries(), parameters.get(), type, "");
    tensors.putAll(cut(parameters.buffers(), parameters.bufferValues(), type, ""));
    return new SafetensorsFile(tensors, metadata);
  }

  /**
   * Sets the values of a model to those of a file, which must have every one of its names, buffers
   * included, with its shape, and no other.
   *
   * @param file of any number type; rounded to the model's
   * @param parameters Modified, unless an exception is thrown.
   * @param source what the file is called in errors
   * @throws FjordException SHAPE_MISMATCH, listing the names, if names are missing or left over or
   *     shapes differ: the file is of another model; FILE_DAMAGED if a value is not finite
   */
  public static void load(SafetensorsFile file, Parameters parameters, String source) {
    double[] flat = join(parameters.entries(), parameters.buffers(), file.tensors(), "", source);
    double[] buffers = join(parameters.buffers(), parameters.entries(), file.tensors(), "", source);
    requireFinite(file.tensors(), source);
    new ModelValues(flat, buffers).to(parameters);
  }

  /**
   * Cuts a flat vector into tensors.
   *
   * @param layout names and shapes
   * @param flat as long as the layout has elements. Not modified.
   * @param type of the tensors
   * @param prefix put before every name
   */
  public static Map<String, Tensor> cut(
      List<Parameters.Entry> layout, double[] flat, TensorType type, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameters.Entry entry : layout) {
      double[] values = new double[entry.parameter().value().size()];
      System.arraycopy(flat, entry.offset(), values, 0, values.length);
      tensors.put(prefix + entry.parameter().name(), new Tensor(type, shape(entry), values));
    }
    return tensors;
  }

  /**
   * Joins the tensors whose names start with a prefix to a flat vector.
   *
   * @param layout names and shapes
   * @param others names that may be there beside them
   * @param tensors by name. Not modified.
   * @param prefix before every name
   * @param source what the tensors' file is called in errors
   * @throws FjordException SHAPE_MISMATCH as {@link #load}
   */
  public static double[] join(
      List<Parameters.Entry> layout,
      List<Parameters.Entry> others,
      Map<String, Tensor> tensors,
      String prefix,
      String source) {
    Set<String> left = new TreeSet<>();
    tensors.keySet().stream().filter(name -> name.startsWith(prefix)).forEach(left::add);
    Set<String> missing = new TreeSet<>();
    Set<String> misshapen = new TreeSet<>();
    others.forEach(entry -> left.remove(prefix + entry.parameter().name()));
    int size = layout.stream().mapToInt(entry -> entry.parameter().value().size()).sum();
    double[] flat = new double[size];
    for (Parameters.Entry entry : layout) {
      String name = prefix + entry.parameter().name();
      left.remove(name);
      Tensor tensor = tensors.get(name);
      if (tensor == null) {
        missing.add(name);
      } else if (!Arrays.equals(tensor.shape(), shape(entry))) {
        misshapen.add(
            "%s of %s, expected %s"
                .formatted(name, Arrays.toString(tensor.shape()), entry.shape().toString()));
      } else {
        System.arraycopy(tensor.values(), 0, flat, entry.offset(), tensor.values().length);
      }
    }
    if (!missing.isEmpty() || !left.isEmpty() || !misshapen.isEmpty()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s does not fit the model: missing %s, not in the model %s, of another shape %s"
              .formatted(source, missing, left, misshapen));
    }
    return flat;
  }

  /**
   * Checks values that somebody may have changed.
   *
   * @param tensors by name. Not modified.
   * @param source what the tensors' file is called in errors
   * @throws FjordException FILE_DAMAGED, naming the tensor, if a value is not finite
   */
  public static void requireFinite(Map<String, Tensor> tensors, String source) {
    tensors.forEach(
        (name, tensor) -> {
          for (double value : tensor.values()) {
            if (!Double.isFinite(value)) {
              throw new FjordException(
                  ErrorKey.FILE_DAMAGED, source + ": tensor '" + name + "' holds " + value);
            }
          }
        });
  }

  private static int[] shape(Parameters.Entry entry) {
    return entry.shape().stream().mapToInt(Integer::intValue).toArray();
  }
}
