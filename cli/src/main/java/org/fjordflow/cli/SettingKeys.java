package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;

/**
 * Finds the values that a short key means. A key is a path with dots, as in {@code
 * training.batchSize}, or some of its parts with the last one, as in {@code batchSize} or {@code
 * model.hidden}.
 *
 * <p>Of what training and evaluations of a continuous flow both have, tolerances and divergences
 * are then those of training, and with {@code test} before them ({@code testRtol}) those of
 * evaluations. The others ({@code method}, {@code errorNorm}) are set in both.
 */
final class SettingKeys {

  /** How the path of a solver's method ends. */
  static final String METHOD = ".solver.method";

  /** How the path of a solver ends. */
  static final String SOLVER = ".solver";

  /** How the path of a transform of columns ends. */
  static final String TRANSFORM = ".transform";

  /** How the paths of bijections begin; their numbers follow. */
  static final String FLOW = "model.flow.";

  /** What paths of evaluations contain. */
  static final String EVALUATION = ".evaluation.";

  private static final String TRAINING = ".training.";
  private static final String TEST = "test";

  /** Keys of earlier formats that lie elsewhere now. */
  private static final Map<String, String> RENAMED =
      Map.of("kineticPenalty", "penalty.kinetic", "jacobianPenalty", "penalty.jacobian");

  /** Keys that are named at most where none is found. */
  private static final int NEAR = 6;

  /** Letters that two keys have in common at their beginning to be near. */
  private static final int PREFIX = 4;

  private SettingKeys() {}

  /**
   * Finds a key.
   *
   * @param tree all values there are. Not modified.
   * @param given the key; that of an earlier format stands for the present one
   * @return the paths that are meant, at least one
   * @throws FjordException INVALID_ARGUMENT, naming keys, if there is no or more than one such key
   */
  static List<String> find(ObjectNode tree, String given) {
    String key = present(given);
    List<String> all = all(tree);
    if (all.contains(key)) {
      return List.of(key);
    }
    List<String> found = select(all, path -> path.endsWith("." + key));
    if (found.isEmpty()) {
      found = select(all, path -> goesThrough(path, key));
    }
    if (found.isEmpty()) {
      String evaluated = evaluated(key);
      found = select(all, path -> path.contains(EVALUATION) && goesThrough(path, evaluated));
    }
    if (found.size() == 2 && found.get(0).replace(TRAINING, EVALUATION).equals(found.get(1))) {
      String path = found.get(0);
      boolean own =
          path.contains(".divergence") || path.endsWith(".rtol") || path.endsWith(".atol");
      return own ? List.of(path) : found;
    }
    if (found.size() == 1) {
      return found;
    }
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        found.isEmpty()
            ? "--set: unknown key '" + given + "'; " + near(all, key)
            : "--set: '" + given + "' may be " + String.join(" or ", found) + "; give all of it");
  }

  private static String present(String key) {
    for (Map.Entry<String, String> renamed : RENAMED.entrySet()) {
      String old = renamed.getKey();
      if (key.equals(old) || key.endsWith("." + old)) {
        return key.substring(0, key.length() - old.length()) + renamed.getValue();
      }
    }
    return key;
  }

  /** Names the paths whose last part has the key's in it, or begins like it. */
  private static String near(List<String> all, String key) {
    String wanted = last(key).toLowerCase(Locale.ROOT);
    List<String> near =
        wanted.isEmpty()
            ? List.of()
            : select(all, path -> isNear(last(path).toLowerCase(Locale.ROOT), wanted));
    String known = "'fjord train --data ... --show' lists all keys";
    return near.isEmpty()
        ? Suggestions.question(wanted, all.stream().map(SettingKeys::last).toList()) + known
        : "closest are "
            + String.join(", ", near.subList(0, Math.min(NEAR, near.size())))
            + "; "
            + known;
  }

  private static boolean isNear(String name, String wanted) {
    int length = Math.min(PREFIX, wanted.length());
    return name.contains(wanted)
        || (name.length() >= PREFIX && wanted.contains(name))
        || name.startsWith(wanted.substring(0, length));
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** Returns the names of an object's own values. */
  static List<String> own(ObjectNode object) {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  private static List<String> all(ObjectNode tree) {
    List<String> all = new ArrayList<>();
    collect(tree, "", all);
    return all;
  }

  private static void collect(ObjectNode node, String prefix, List<String> paths) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      paths.add(prefix + entry.getKey());
      String start = prefix + entry.getKey() + ".";
      if (entry.getValue() instanceof ObjectNode inner) {
        collect(inner, start, paths);
      }
      for (int i = 0; entry.getValue().isArray() && i < entry.getValue().size(); i++) {
        if (entry.getValue().get(i) instanceof ObjectNode inner) {
          collect(inner, start + i + ".", paths);
        }
      }
    }
  }

  private static List<String> select(List<String> paths, Predicate<String> fits) {
    return paths.stream().filter(fits).toList();
  }

  /** Whether a path has the parts of a key, in order, and ends with its last one. */
  private static boolean goesThrough(String path, String key) {
    List<String> parts = parts(path);
    List<String> wanted = parts(key);
    if (wanted.isEmpty() || !parts.get(parts.size() - 1).equals(wanted.get(wanted.size() - 1))) {
      return false;
    }
    Iterator<String> rest = parts.iterator();
    return wanted.stream()
        .allMatch(
            part -> {
              while (rest.hasNext()) {
                if (rest.next().equals(part)) {
                  return true;
                }
              }
              return false;
            });
  }

  private static List<String> parts(String path) {
    return Arrays.asList(path.split("\\.", -1));
  }

  /** Turns {@code solve.testRtol} into {@code solve.rtol}. */
  private static String evaluated(String key) {
    int last = key.lastIndexOf('.') + 1;
    String name = key.substring(last);
    if (!name.startsWith(TEST) || name.length() == TEST.length()) {
      return "";
    }
    String own = name.substring(TEST.length());
    return key.substring(0, last) + own.substring(0, 1).toLowerCase(Locale.ROOT) + own.substring(1);
  }
}
