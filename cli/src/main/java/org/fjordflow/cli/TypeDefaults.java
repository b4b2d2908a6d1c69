package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.cnf.matching.MatchingPath;
import org.fjordflow.cnf.matching.Pairing;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * What bases, transforms, schedules and parts of matching have beside their types where only those
 * are given.
 */
final class TypeDefaults {

  private static final String TYPE = "type";
  private static final double FLOOR = 0.01;
  private static final int INTERVAL = 1_000;
  private static final long WARM_UP = 500;

  /** As many steps are no number that was asked for, but an open end. */
  private static final long OPEN_END = 1_000_000;

  /** What a falling rate is spread over then. */
  private static final long STEPS = 3_000;

  private static final List<BaseConfig> BASES =
      List.of(new BaseConfig.StudentT(5), new BaseConfig.Mixture(4), BaseConfig.Uniform.of(0, 1));

  private static final List<ColumnTransform> TRANSFORMS =
      List.of(ColumnTransform.affine(), ColumnTransform.additive(), ColumnTransform.spline(8, 5));

  private static final List<MatchingPath> PATHS =
      List.of(new MatchingPath.Straight(0), new MatchingPath.Target(1e-4));

  private static final List<FlowMatching.Times> TIMES =
      List.of(new FlowMatching.Times.Power(1), new FlowMatching.Times.LogitNormal(0, 1));

  private static final List<Pairing> PAIRINGS =
      List.of(new Pairing.Entropic(0.05), new Pairing.ConditionalTransport(0.01));

  private TypeDefaults() {}

  /**
   * Adds the values that named types need and that are not given, wherever they are.
   *
   * @param tree a configuration. Modified.
   * @return the same tree
   */
  static ObjectNode complete(ObjectNode tree) {
    long steps = tree.at("/training/steps").asLong();
    complete(tree, steps < 1 || steps >= OPEN_END ? STEPS : steps);
    return tree;
  }

  private static void complete(JsonNode node, long steps) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (entry.getValue() instanceof ObjectNode inner) {
        fill(inner, defaults(entry.getKey(), steps));
        complete(inner, steps);
      } else if (entry.getValue() instanceof ArrayNode list) {
        list.forEach(element -> complete(element, steps));
      }
    }
  }

  private static List<?> defaults(String key, long steps) {
    return switch (key) {
      case "base" -> BASES;
      case "transform" -> TRANSFORMS;
      case "path" -> PATHS;
      case "times" -> TIMES;
      case "pairing" -> PAIRINGS;
      case "schedule", "then" -> schedules(steps);
      default -> List.of();
    };
  }

  private static List<Schedule> schedules(long steps) {
    Schedule plateau = new Schedule.Plateau(10);
    List<Schedule> all = new ArrayList<>();
    all.add(plateau);
    all.add(new Schedule.Cosine(steps, FLOOR));
    all.add(new Schedule.Cooldown(0.3, plateau));
    all.add(new Schedule.WarmUp(WARM_UP, new Schedule.Constant()));
    all.add(new Schedule.StepDecay(INTERVAL, 0.5));
    all.add(new Schedule.Exponential(Math.pow(FLOOR, 1.0 / steps)));
    return all;
  }

  private static void fill(ObjectNode typed, List<?> defaults) {
    for (Object value : defaults) {
      JsonNode all = JsonConfig.tree(value);
      if (all.path(TYPE).equals(typed.get(TYPE))) {
        for (Map.Entry<String, JsonNode> entry : all.properties()) {
          typed.putIfAbsent(entry.getKey(), entry.getValue());
        }
      }
    }
  }
}
