package org.fjordflow.cnf;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.TimeLayerKind;

/**
 * The network that is a continuous flow's field.
 *
 * @param layer {@code mlp}, or one of FFJORD's layers such as {@code concatsquash}
 * @param hidden widths of the hidden layers
 * @param activation non-linearity, such as {@code tanh}
 * @param inputGain factor of the initial values of each field's first linear map, as SIREN's
 *     omega_0 (Sitzmann et al. 2020, 3.2). 1 leaves PyTorch's; with 2 to 6 a field begins with
 *     finer features of its input, and learns densities with many gaps in fewer steps
 */
public record FieldConfig(String layer, List<Integer> hidden, String activation, double inputGain) {

  /** A plain network that gets time as one more input. */
  public static final String MLP = "mlp";

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
   *     unknown activation; says the name, what was given and expected
   */
  public FieldConfig {
    requireLayer(layer);
    hidden = ConfigChecks.list("hidden", hidden);
    ConfigChecks.require(
        hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
    Activation.of(activation);
    ConfigChecks.require(
        inputGain > 0 && inputGain < Double.POSITIVE_INFINITY,
        "inputGain",
        inputGain,
        "positive, finite");
  }

  /**
   * Checks the name of a layer.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is none of those there are
   */
  public static void requireLayer(String layer) {
    List<String> known =
        Stream.concat(Stream.of(MLP), Arrays.stream(TimeLayerKind.values()).map(TimeLayerKind::id))
            .toList();
    if (!known.contains(layer)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "unknown layer '"
              + layer
              + "'; expected one of "
              + known.stream().collect(Collectors.joining(", ")));
    }
  }
}
