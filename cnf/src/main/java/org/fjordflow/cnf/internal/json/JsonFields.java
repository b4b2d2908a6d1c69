package org.fjordflow.cnf.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.jspecify.annotations.Nullable;

/**
 * The values of a JSON object that stands for one case of a sealed type. Each method throws
 * INVALID_CONFIGURATION for a value of another kind, naming it.
 *
 * @param node Not modified.
 */
record JsonFields(ObjectNode node) {

  private static final String TYPE = "type";

  /**
   * Reads an object; a text stands for an object that has that type alone.
   *
   * @param what it is called in messages
   */
  static JsonFields of(JsonNode given, String what) {
    if (given instanceof TextNode name) {
      ObjectNode node = JsonConfig.object();
      node.set(TYPE, name);
      return new JsonFields(node);
    }
    ConfigChecks.require(given instanceof ObjectNode, what, given, "an object");
    return new JsonFields((ObjectNode) given);
  }

  boolean has(String name) {
    return node.has(name);
  }

  /** Returns the name of the case; null where none is given. */
  @Nullable String type() {
    return has(TYPE) ? text(TYPE) : null;
  }

  String text(String name) {
    JsonNode value = node.path(name);
    ConfigChecks.require(value.isTextual(), name, shown(value), "a text");
    return value.textValue();
  }

  double number(String name, double absent) {
    JsonNode value = node.get(name);
    if (value == null) {
      return absent;
    }
    ConfigChecks.require(value.isNumber(), name, value, "a number");
    return value.doubleValue();
  }

  long integer(String name, long absent) {
    JsonNode value = node.get(name);
    if (value == null) {
      return absent;
    }
    ConfigChecks.require(
        value.canConvertToLong() && value.isIntegralNumber(), name, value, "a whole number");
    return value.longValue();
  }

  int count(String name, int absent) {
    long value = integer(name, absent);
    ConfigChecks.require(value == (int) value, name, value, "at most " + Integer.MAX_VALUE);
    return (int) value;
  }

  /** Checks that there are no values but the type and those named. */
  void only(String... names) {
    Set<String> others = new TreeSet<>();
    node.fieldNames().forEachRemaining(others::add);
    others.remove(TYPE);
    List.of(names).forEach(others::remove);
    ConfigChecks.require(
        others.isEmpty(),
        "type",
        node.path(TYPE),
        "another one, or no "
            + String.join(", ", others)
            + ": it takes "
            + (names.length == 0 ? "nothing else" : String.join(", ", names)));
  }

  private static @Nullable JsonNode shown(JsonNode value) {
    return value.isMissingNode() ? null : value;
  }
}
