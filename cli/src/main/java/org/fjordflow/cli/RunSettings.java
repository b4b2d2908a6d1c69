package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.cnf.internal.SolverChange;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/** Values of a run's configuration that replace others, as {@code --set} gives them. */
final class RunSettings {

  private static final String SOURCE = "the configuration";

  private static final Pattern METHOD =
      Pattern.compile(
          "(?:model\\.)?(?:solve\\.)?(?:solver|(?:solver\\.)?method)\\s*=\\s*(\\w\\S*)\\s*");

  private RunSettings() {}

  /**
   * Sets values, one after the other. One that does not fit what is there waits for the others: a
   * method may need the adjoint that is set after it.
   *
   * @param start all values there are. Not modified.
   * @param settings {@code key=value}: the key as {@link SettingKeys} finds it; lists with commas,
   *     objects as JSON, or as the name of their type
   * @return all values; those of a type that a name was given for have their defaults
   * @throws FjordException INVALID_ARGUMENT, naming keys, if there is no or more than one such key
   */
  static ObjectNode apply(ObjectNode start, List<String> settings) {
    ObjectNode tree = complete(start).orElse(start);
    List<String> waiting = settings;
    boolean gained = true;
    while (gained) {
      List<String> later = new ArrayList<>();
      for (String setting : waiting) {
        Optional<ObjectNode> changed = fitting(tree, setting);
        if (changed.isPresent()) {
          tree = changed.get();
        } else {
          later.add(setting);
        }
      }
      gained = later.size() < waiting.size();
      waiting = later;
    }
    for (String setting : waiting) { // that fit together, or not at all
      tree = candidates(tree, setting).get(0);
    }
    return tree;
  }

  /** Returns the method that settings name for training and evaluations alike, the last one. */
  static @Nullable SolverMethod method(List<String> settings) {
    SolverMethod method = null;
    for (String setting : settings) {
      Matcher named = METHOD.matcher(setting);
      method = named.matches() ? SolverMethod.of(named.group(1)) : method;
    }
    return method;
  }

  /** Returns a tree with all values that a record has, where it makes one. */
  private static Optional<ObjectNode> complete(ObjectNode tree) {
    try {
      RunConfig config = JsonConfig.value(tree, RunConfig.class, SOURCE);
      return Optional.of((ObjectNode) JsonConfig.tree(config));
    } catch (FjordException e) {
      return Optional.empty();
    }
  }

  private static Optional<ObjectNode> fitting(ObjectNode tree, String setting) {
    try {
      return candidates(tree, setting).stream()
          .map(RunSettings::complete)
          .flatMap(Optional::stream)
          .findFirst();
    } catch (FjordException e) {
      return Optional.empty();
    }
  }

  /** Returns what a setting can mean, the likelier one first. */
  private static List<ObjectNode> candidates(ObjectNode tree, String setting) {
    int equals = setting.indexOf('=');
    if (equals < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--set " + setting + "; expected key=value, such as training.batchSize=512");
    }
    List<String> paths = SettingKeys.find(tree, setting.substring(0, equals).strip());
    String text = setting.substring(equals + 1).strip();
    if (paths.get(0).endsWith(SettingKeys.METHOD)
        || (paths.get(0).endsWith(SettingKeys.SOLVER) && !isJson(text))) {
      return List.of(withMethod(tree, paths, text));
    }
    ObjectNode fresh = with(tree, paths, text, false, setting);
    // The bound of one transform's scales is not that of another one's columns.
    return paths.get(0).endsWith(SettingKeys.TRANSFORM)
        ? List.of(fresh)
        : List.of(with(tree, paths, text, true, setting), fresh);
  }

  /** A method has values of its own, so that the whole solver changes. */
  private static ObjectNode withMethod(ObjectNode tree, List<String> paths, String name) {
    RunConfig config = JsonConfig.value(tree, RunConfig.class, SOURCE);
    SolverChange change = SolverChange.toMethod(name);
    List<BijectionConfig> flow = new ArrayList<>(config.model().flow());
    for (String path : paths) {
      int index = index(path);
      if (!(flow.get(index) instanceof SolveSettings.Solved continuous)) {
        throw new IllegalStateException("a flow with a solver is continuous");
      }
      SolveSettings solve = continuous.solve();
      flow.set(
          index,
          continuous.withSolve(
              path.contains(SettingKeys.EVALUATION)
                  ? solve.withEvaluationSolver(change.applyTo(solve.evaluation().solver()))
                  : solve.withTrainingSolver(change.applyTo(solve.training().solver()))));
    }
    return (ObjectNode) JsonConfig.tree(config.withModel(config.model().withFlow(flow)));
  }

  /** Returns which bijection a path such as {@code model.flow.0.solve} belongs to. */
  private static int index(String path) {
    String rest = path.substring(SettingKeys.FLOW.length());
    return Integer.parseInt(rest.substring(0, rest.indexOf('.')));
  }

  private static JsonNode child(JsonNode parent, String name) {
    return parent.isArray() ? parent.get(Integer.parseInt(name)) : parent.get(name);
  }

  private static ObjectNode with(
      ObjectNode tree, List<String> paths, String text, boolean keep, String setting) {
    ObjectNode changed = tree.deepCopy();
    for (String path : paths) {
      JsonNode parent = changed;
      String name = path;
      for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.')) {
        parent = child(parent, name.substring(0, dot));
        name = name.substring(dot + 1);
      }
      ((ObjectNode) parent).set(name, value(parent.get(name), text, keep, setting));
    }
    return TypeDefaults.complete(changed);
  }

  /**
   * Reads a value as the kind of the one it replaces; what does not read so is found later.
   *
   * @param keep whether an object whose type is given keeps its other values
   */
  private static JsonNode value(@Nullable JsonNode old, String text, boolean keep, String setting) {
    boolean json = isJson(text);
    if (old instanceof ObjectNode object && !json) {
      if (!object.has("type")) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "--set %s: there are %s; give one of them, or an object {...}"
                .formatted(setting, String.join(", ", SettingKeys.own(object))));
      }
      ObjectNode typed = keep ? object.deepCopy() : JsonConfig.object();
      typed.set("type", TextNode.valueOf(text));
      return typed;
    }
    if (!json && old instanceof ArrayNode) {
      return JsonConfig.parse("[" + text + "]", "--set " + setting);
    }
    if (!json && old != null && old.isTextual()) {
      return TextNode.valueOf(text);
    }
    if (text.matches("[-+]?\\d+")) {
      return JsonConfig.parse(new BigInteger(text).toString(), "--set " + setting);
    }
    if (text.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")) {
      return DoubleNode.valueOf(Double.parseDouble(text));
    }
    boolean word = text.matches("true|false|null");
    return json || word ? JsonConfig.parse(text, "--set " + setting) : TextNode.valueOf(text);
  }

  private static boolean isJson(String text) {
    return text.startsWith("{") || text.startsWith("[") || text.startsWith("\"");
  }
}
