package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.internal.field.FfjordField;
import org.fjordflow.cnf.internal.field.MlpField;
import org.fjordflow.cnf.internal.field.PotentialField;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;

/** The networks that a model's configuration can name as its field. */
final class FieldKind {

  private FieldKind() {}

  /** Creates a field named by a configuration, with its parameters under {@code name}. */
  static VectorField create(
      ContinuousConfig config, Parameters parameters, String name, RandomGenerator random) {
    ContinuousConfig.Field field = config.field();
    if (field.layer().equals(ContinuousConfig.Field.POTENTIAL)) {
      int width = field.hidden().get(0);
      int depth = field.hidden().size();
      return PotentialField.create(
          parameters,
          name,
          config.dim(),
          config.contextSize(),
          width,
          depth,
          field.inputGain(),
          random);
    }
    Activation activation = Activation.of(field.activation());
    List<Integer> sizes = new ArrayList<>();
    sizes.add(config.dim() + config.contextSize());
    sizes.addAll(field.hidden());
    sizes.add(config.dim());
    if (field.layer().equals(ContinuousConfig.Field.MLP)) {
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
