package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.internal.JsonConfig;

/** What a base has beside its type where only the type is given. */
final class BaseDefaults {

  private static final List<BaseConfig> BASES =
      List.of(new BaseConfig.StudentT(5), new BaseConfig.Mixture(4), BaseConfig.Uniform.of(0, 1));

  private BaseDefaults() {}

  /** Adds the values that a base of the given type needs and that are not given. */
  static ObjectNode complete(ObjectNode typed) {
    for (BaseConfig base : BASES) {
      JsonNode defaults = JsonConfig.tree(base);
      if (defaults.path("type").equals(typed.get("type"))) {
        for (Map.Entry<String, JsonNode> entry : defaults.properties()) {
          typed.putIfAbsent(entry.getKey(), entry.getValue());
        }
      }
    }
    return typed;
  }
}
