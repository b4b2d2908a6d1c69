package org.fjordflow.bench.peers;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.nn.Parameters;

/** Gradients as named tensors. */
final class GradientTensors {

  private GradientTensors() {}

  /**
   * The gradient under the names of the parameters, in float64.
   *
   * @param parameters Not modified.
   * @param metadata strings to go with it
   */
  static SafetensorsFile of(Parameters parameters, Map<String, String> metadata) {
    double[] flat = parameters.gradient();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameters.Entry entry : parameters.entries()) {
      int size = entry.parameter().gradient().size();
      int[] shape = entry.shape().stream().mapToInt(Integer::intValue).toArray();
      double[] values = Arrays.copyOfRange(flat, entry.offset(), entry.offset() + size);
      tensors.put(entry.parameter().name(), Tensor.float64(values, shape));
    }
    return new SafetensorsFile(tensors, metadata);
  }
}
