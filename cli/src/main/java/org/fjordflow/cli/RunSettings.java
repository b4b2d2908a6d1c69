package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.JsonConfig;
import org.jspecify.annotations.Nullable;

/** Values of a run's configuration that replace defaults. */
final class RunSettings {

  private RunSettings() {}

  /**
   * Sets one value.
   *
   * @param tree all values there are. Modified.
   * @param setting {@code key=value}: the key with dots, as in {@code training.batchSize}, or its
   *     last part where only one key ends so; lists with commas, objects as JSON
   * @throws FjordException INVALID_ARGUMENT, naming keys, if there is no or more than one such key
   */
  static void set(ObjectNode tree, String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--set " + setting + "; expected key=value, such as training.batchSize=512");
    }
    String key = setting.substring(0, equals).strip();
    String path = find(tree, key);
    ObjectNode parent = tree;
    String name = path;
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.')) {
      parent = (ObjectNode) parent.get(name.substring(0, dot));
      name = name.substring(dot + 1);
    }
    parent.set(name, value(parent.get(name), setting.substring(equals + 1).strip(), setting));
  }

  private static String find(ObjectNode tree, String key) {
    List<String> all = new ArrayList<>();
    collect(tree, "", all);
    List<String> found =
        all.contains(key)
            ? List.of(key)
            : all.stream().filter(path -> path.endsWith("." + key)).toList();
    if (found.size() == 1) {
      return found.get(0);
    }
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        found.isEmpty()
            ? "--set: unknown key '" + key + "'; known are " + String.join(", ", all)
            : "--set: '" + key + "' may be " + String.join(" or ", found) + "; give all of it");
  }

  private static void collect(ObjectNode node, String prefix, List<String> paths) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      paths.add(prefix + entry.getKey());
      if (entry.getValue() instanceof ObjectNode inner) {
        collect(inner, prefix + entry.getKey() + ".", paths);
      }
    }
  }

  /** Reads a value as the kind of the one it replaces; what does not read so is found later. */
  private static JsonNode value(@Nullable JsonNode old, String text, String setting) {
    boolean json = text.startsWith("{") || text.startsWith("[") || text.startsWith("\"");
    if (old != null && old.isObject() && !json) {
      ObjectNode typed = old.deepCopy();
      typed.set("type", TextNode.valueOf(text));
      return typed;
    }
    if (!json && old instanceof ArrayNode) {
      return JsonConfig.parse("[" + text + "]", "--set " + setting);
    }
    if (!json && old != null && old.isTextual()) {
      return TextNode.valueOf(text);
    }
    boolean scalar = text.matches("[-+]?[0-9.]+([eE][-+]?\\d+)?|true|false|null");
    return json || scalar ? JsonConfig.parse(text, "--set " + setting) : TextNode.valueOf(text);
  }
}
