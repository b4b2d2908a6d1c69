package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;

/** The networks that a model's configuration can name as its field. */
final class FieldKind {

  /** A plain network that gets time as one more input. */
  static final String MLP = "mlp";

  private FieldKind() {}

  /**
   * Checks a name.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is none of those there are
   */
  static void require(String layer) {
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

  /** Creates a field named by a configuration, with its parameters under {@code name}. */
  static VectorField create(
      ModelConfig config, Parameters parameters, String name, RandomGenerator random) {
    FieldConfig field = config.field();
    Activation activation = Activation.of(field.activation());
    List<Integer> sizes = new ArrayList<>();
    sizes.add(config.dim() + config.context());
    sizes.addAll(field.hidden());
    sizes.add(config.dim());
    if (field.layer().equals(MLP)) {
      sizes.set(0, sizes.get(0) + 1);
      Mlp network = Mlp.create(parameters, name, sizes, activation, random);
      network.layers().get(0).scale(parameters.backend(), field.inputGain());
      return new MlpField(network);
    }
    TimeLayerKind kind = TimeLayerKind.of(field.layer());
    List<TimeLayer> layers = new ArrayList<>();
    for (int i = 0; i + 1 < sizes.size(); i++) {
      layers.add(kind.create(parameters, name + "." + i, sizes.get(i), sizes.get(i + 1), random));
    }
    layers.get(0).maps().forEach(map -> map.scale(parameters.backend(), field.inputGain()));
    return new FfjordField(layers, activation);
  }
}
