package org.fjordflow.cnf.ffjord;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.jspecify.annotations.Nullable;

/**
 * What is said about a model of FFJORD's code, under either of its names.
 *
 * @param json what is said. Not modified.
 * @param source what it is called in messages
 */
record FfjordSettings(ObjectNode json, String source) {

  /** Refuses what the tensors do not show. */
  void refuseUnsupported() {
    for (String flag : List.of("residual", "batch_norm", "spectral_norm", "autoencode", "conv")) {
      if (json.path(flag).asBoolean(false)) {
        throw new FjordException(
            ErrorKey.UNSUPPORTED,
            source + ": models with " + flag + " cannot be read; train one without it");
      }
    }
  }

  /** Returns the configuration of the model that has these tensors. */
  ModelConfig model(Map<String, Tensor> tensors, @Nullable String dtype, String file) {
    List<Integer> hidden = hidden();
    String layer = find("layer", "layer_type").asText();
    int blocks = FfjordNames.blocks(tensors.keySet(), file);
    requireEqual(blocks, "blocks", "num_blocks");
    int dim = dimension(tensors, layer, hidden, file);
    requireEqual(dim, "dim", "dim");
    return ModelConfig.builder(dim)
        .layer(layer)
        .hidden(hidden)
        .activation(find("activation", "nonlinearity").asText())
        .blocks(blocks)
        .endTime(endTime(tensors))
        .trainEndTime(true)
        .dtype(dtype == null ? typeOf(tensors) : dtype)
        .solve(SolveSettings.exact().withTrainingDivergence(Divergence.of(divergence(), 1)))
        .build();
  }

  private List<Integer> hidden() {
    JsonNode given = find("hidden", "dims");
    List<Integer> widths = new ArrayList<>();
    if (given.isArray()) {
      given.forEach(width -> widths.add(width.asInt(0)));
    } else {
      for (String width : given.asText().split("[-,]", -1)) {
        widths.add(width.matches("\\d{1,9}") ? Integer.parseInt(width) : 0);
      }
    }
    if (widths.isEmpty() || widths.stream().anyMatch(width -> width < 1)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          source + ": widths of hidden layers are " + given + "; expected such as [64, 64, 64]");
    }
    return widths;
  }

  private String divergence() {
    String given = json.path("divergence").asText("");
    if (given.isEmpty() && json.path("divergence_fn").asText("").equals("approximate")) {
      given = json.path("rademacher").asBoolean(false) ? "rademacher" : "gaussian";
    }
    return switch (given) {
      case "hutchinson-gaussian", "gaussian" -> "gaussian";
      case "hutchinson-rademacher", "rademacher" -> "rademacher";
      default -> ExactTrace.ID;
    };
  }

  private JsonNode find(String name, String alias) {
    JsonNode given = json.has(name) ? json.get(name) : json.get(alias);
    if (given == null || given.isNull()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          source + " has no '" + name + "' (or '" + alias + "', FFJORD's name for it)");
    }
    return given;
  }

  /** Checks that what is said agrees with what the tensors show. */
  private void requireEqual(int shown, String name, String alias) {
    JsonNode given = json.has(name) ? json.get(name) : json.get(alias);
    if (given != null && given.asInt(-1) != shown) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          source + ": " + name + " is " + given + ", but the tensors show " + shown);
    }
  }

  private static int dimension(
      Map<String, Tensor> tensors, String layer, List<Integer> hidden, String file) {
    ContinuousConfig.Field.requireLayer(layer);
    String name =
        FfjordNames.layer(0, hidden.size())
            + switch (layer) {
              case "blend" -> "._layer0.bias";
              case "hyper" -> "._hypernet.2.bias";
              default -> "._layer.bias";
            };
    Tensor bias = tensors.get(name);
    if (bias == null) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          "%s holds no tensor %s, as a model of %d hidden layers of type %s has"
              .formatted(file, name, hidden.size(), layer));
    }
    int size = bias.values().length;
    // A hypernetwork gives the bias, dim values, and the weight, dim times the last width.
    return layer.equals("hyper") ? size / (hidden.get(hidden.size() - 1) + 1) : size;
  }

  private static double endTime(Map<String, Tensor> tensors) {
    Tensor root = tensors.get("chain.0.sqrt_end_time");
    double value = root == null || root.values().length != 1 ? 1 : root.values()[0];
    return value * value;
  }

  private static String typeOf(Map<String, Tensor> tensors) {
    boolean wide = tensors.values().stream().anyMatch(tensor -> tensor.type() == TensorType.F64);
    return (wide ? DType.FLOAT64 : DType.FLOAT32).id();
  }
}
