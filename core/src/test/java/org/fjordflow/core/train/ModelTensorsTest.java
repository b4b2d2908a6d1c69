package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models as files. */
final class ModelTensorsTest {

  @TempDir Path folder;

  private static Parameters model(Backend backend, double shift) {
    Parameters parameters = new Parameters(backend);
    double[] weight = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6};
    for (int i = 0; i < weight.length; i++) {
      weight[i] += shift;
    }
    assertNotNull(parameters.add("layer.weight", weight, 2, 3));
    assertNotNull(parameters.add("layer.bias", new double[] {1 + shift, 2}, 2));
    assertNotNull(parameters.add("time", new double[] {shift / 3}));
    return parameters;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aModelComesBackBitForBit(DType dtype) throws Exception {
    try (Backend backend = new CpuBackend(dtype)) {
      Path path = folder.resolve("model.safetensors");
      Parameters saved = model(backend, Math.PI);
      ModelTensors.of(saved, Map.of("made", "by test")).write(path);
      SafetensorsFile file = SafetensorsFile.read(path);
      assertEquals(Map.of("made", "by test"), file.metadata());
      Tensor weight = file.tensor("layer.weight");
      assertEquals(dtype == DType.FLOAT32 ? TensorType.F32 : TensorType.F64, weight.type());
      assertArrayEquals(new int[] {2, 3}, weight.shape());
      assertArrayEquals(new int[0], file.tensor("time").shape());
      Parameters loaded = model(backend, 0);
      ModelTensors.load(file, loaded, path.toString());
      assertArrayEquals(saved.get(), loaded.get());
    }
  }

  @Test
  void buffersAreSavedWithTheModelAndWithCheckpoints() {
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Path path = folder.resolve("model.safetensors");
      Parameters saved = model(backend, 1);
      assertNotNull(saved.addBuffer("order", new double[] {2, 0, 1}, 3));
      ModelTensors.of(saved, Map.of()).write(path);
      Parameters loaded = model(backend, 0);
      Parameter order = loaded.addBuffer("order", new double[3], 3);
      ModelTensors.load(SafetensorsFile.read(path), loaded, path.toString());
      assertArrayEquals(saved.get(), loaded.get());
      assertArrayEquals(new double[] {2, 0, 1}, Elements.of(backend, order.value()));
      Path checkpoint = folder.resolve("checkpoint.safetensors");
      TrainerConfig config = TrainerConfig.of(1, 1, 1);
      Checkpoint.of(TrainingState.start(saved), config).write(checkpoint, saved);
      backend.fill(0, order.value());
      Checkpoint.read(checkpoint, loaded).state().values().to(loaded);
      assertArrayEquals(new double[] {2, 0, 1}, Elements.of(backend, order.value()));
      assertArrayEquals(saved.get(), loaded.get());
      refused(
          ModelTensors.of(model(backend, 1), Map.of()).tensors(),
          loaded,
          ErrorKey.SHAPE_MISMATCH,
          "missing [order]");
    }
  }

  @Test
  void namesAndShapesMustBeThoseOfTheModel() throws Exception {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = model(backend, 1);
      double[] before = parameters.get();
      Map<String, Tensor> tensors =
          new LinkedHashMap<>(ModelTensors.of(parameters, Map.of()).tensors());
      Tensor bias = tensors.remove("layer.bias");
      assertNotNull(bias);
      refused(tensors, parameters, ErrorKey.SHAPE_MISMATCH, "missing [layer.bias]", "a.file");
      tensors.put("layer.bias", Tensor.float64(new double[2], 1, 2));
      refused(tensors, parameters, ErrorKey.SHAPE_MISMATCH, "layer.bias of [1, 2], expected [2]");
      tensors.put("layer.bias", Tensor.float64(new double[2], 2));
      tensors.put("layer.extra", Tensor.float64(new double[2], 2));
      refused(tensors, parameters, ErrorKey.SHAPE_MISMATCH, "not in the model [layer.extra]");
      assertNotNull(tensors.remove("layer.extra"));
      tensors.put("layer.bias", Tensor.float64(new double[] {1, Double.NaN}, 2));
      refused(tensors, parameters, ErrorKey.FILE_DAMAGED, "layer.bias", "NaN");
      assertArrayEquals(before, parameters.get());
    }
  }

  private static void refused(
      Map<String, Tensor> tensors, Parameters parameters, ErrorKey key, String... mentioned) {
    SafetensorsFile file = new SafetensorsFile(tensors, Map.of());
    assertFails(key, () -> ModelTensors.load(file, parameters, "a.file"), mentioned);
  }
}
