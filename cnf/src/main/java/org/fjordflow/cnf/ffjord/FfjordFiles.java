package org.fjordflow.cnf.ffjord;

import java.nio.file.Path;
import java.util.Map;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.jspecify.annotations.Nullable;

/**
 * Reads models that FFJORD's PyTorch code has trained (Grathwohl et al. 2019), their state dict
 * saved as safetensors.
 *
 * <p>Read are flows of rows: any of the eight layer types and of the activations, any number of
 * blocks, trained or fixed end times. Refused, by name, is what changes the flow and cannot be
 * expressed here: moving batch normalisation, spectral normalisation, convolutions, autoencoder
 * fields and residual fields.
 */
public final class FfjordFiles {

  private FfjordFiles() {}

  /**
   * Reads a model.
   *
   * <p>The configuration is a JSON object with {@code hidden}, {@code layer} and {@code
   * activation}, and perhaps {@code dim}, {@code blocks} and {@code divergence} (exact,
   * hutchinson-gaussian or hutchinson-rademacher); or with the arguments of FFJORD's programs under
   * their own names, {@code dims} ("64-64-64"), {@code layer_type}, {@code nonlinearity}, {@code
   * num_blocks} and so on. Other keys are passed over: the tensors decide.
   *
   * @param tensors the safetensors file
   * @param config the JSON file
   * @param dtype {@code float32} or {@code float64}, or null for the type of the tensors
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException FILE_MISSING; FILE_DAMAGED; SHAPE_MISMATCH naming
   *     tensors that are unknown, missing or of another shape; INVALID_CONFIGURATION for a
   *     configuration that does not fit; UNSUPPORTED naming a part that cannot be read
   */
  public static BuiltModel<ModelConfig> read(Path tensors, Path config, @Nullable String dtype) {
    String source = tensors.toString();
    FfjordSettings settings = new FfjordSettings(JsonConfig.read(config), config.toString());
    settings.refuseUnsupported();
    Map<String, Tensor> named =
        FfjordNames.normalize(SafetensorsFile.read(tensors).tensors(), source);
    ModelConfig model = settings.model(named, dtype, source);
    SwishFolding.fold(named, model, source);
    return ModelFolder.fill(
        new SafetensorsFile(named, Map.of()),
        source,
        (random, limit) -> model.create(random, Runtime.getRuntime().availableProcessors(), limit));
  }
}
