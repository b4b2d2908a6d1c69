package org.fjordflow.cnf.internal.json;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * Turns the JSON of a continuous model of format 1, the one of files that name no {@code format},
 * into the present one. There all values of field, chain and solve lay side by side, those that a
 * method does not use too; these are left out.
 */
public final class FormatOne {

  private static final List<String> FIELD = List.of("layer", "hidden", "activation", "inputGain");
  private static final List<String> CHAIN = List.of("blocks", "endTime", "trainEndTime");
  private static final String SOLVE = "solve";
  private static final String TRAINING = "training";
  private static final String EVALUATION = "evaluation";

  private FormatOne() {}

  /** Returns whether all of a model is of format 1, where the layer was a value of the model. */
  public static boolean is(JsonNode model) {
    return model.has("layer");
  }

  /**
   * Converts all of a model, and gives what older files do not name the value that it had then.
   *
   * @param given Not modified.
   */
  public static ObjectNode whole(ObjectNode given) {
    ObjectNode model = given.deepCopy();
    model.putIfAbsent("inputGain", model.numberNode(1.0));
    if (model.get(SOLVE) instanceof ObjectNode solve) {
      solve.putIfAbsent("errorNorm", solve.textNode(FlowNorm.RMS.id()));
      solve.putIfAbsent("kineticPenalty", solve.numberNode(0.0));
      solve.putIfAbsent("jacobianPenalty", solve.numberNode(0.0));
      // One tolerance was for training and evaluations.
      putUnlessNull(solve, "testRtol", solve.has("testRtol") ? null : solve.get("rtol"));
      putUnlessNull(solve, "testAtol", solve.has("testAtol") ? null : solve.get("atol"));
    }
    return part(model, null);
  }

  /**
   * Converts what is given of a model, which need not be all.
   *
   * @param given Not modified.
   * @param other the method that is going to be used in place of the one given; or null. Values of
   *     its kind are kept, values of other kinds of methods left out, as they had no effect
   * @return what is given, under its present names; what has no name of format 1 stays as it is
   * @throws FjordException INVALID_CONFIGURATION if it has names of both formats
   */
  public static ObjectNode part(ObjectNode given, @Nullable SolverMethod other) {
    requireOneFormat(given);
    ObjectNode model = given.deepCopy();
    group(model, "field", FIELD);
    group(model, "chain", CHAIN);
    if (model.get(SOLVE) instanceof ObjectNode solve) {
      JsonNode named = solve.path("method");
      SolverMethod method =
          other == null && named.isTextual() ? SolverMethod.of(named.asText()) : other;
      if (other != null) {
        solve.put("method", other.id());
      }
      ObjectNode solver = solver(solve, method);
      boolean tolerances = method == null || method.isAdaptive();
      ObjectNode training = JsonConfig.object();
      putUnlessEmpty(training, "solver", withTolerances(solver, solve, "rtol", "atol", tolerances));
      putUnlessNull(training, "adjoint", solve.remove("adjoint"));
      putUnlessNull(training, "divergence", divergence(solve, "divergence", "probes"));
      ObjectNode penalty = JsonConfig.object();
      putUnlessNull(penalty, "kinetic", solve.remove("kineticPenalty"));
      putUnlessNull(penalty, "jacobian", solve.remove("jacobianPenalty"));
      putUnlessEmpty(training, "penalty", penalty);
      ObjectNode evaluation = JsonConfig.object();
      putUnlessEmpty(
          evaluation, "solver", withTolerances(solver, solve, "testRtol", "testAtol", tolerances));
      putUnlessNull(evaluation, "divergence", divergence(solve, "testDivergence", "testProbes"));
      putUnlessEmpty(solve, TRAINING, training);
      putUnlessEmpty(solve, EVALUATION, evaluation);
    }
    return model;
  }

  /** Half of either would be passed over. */
  private static void requireOneFormat(ObjectNode model) {
    List<String> old = new ArrayList<>();
    List<String> present = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : model.properties()) {
      String name = entry.getKey();
      if (name.equals("field") || name.equals("chain")) {
        present.add(name);
      } else if (FIELD.contains(name) || CHAIN.contains(name)) {
        old.add(name);
      }
    }
    for (Map.Entry<String, JsonNode> entry : model.path(SOLVE).properties()) {
      boolean group = entry.getKey().equals(TRAINING) || entry.getKey().equals(EVALUATION);
      (group ? present : old).add(SOLVE + "." + entry.getKey());
    }
    if (!old.isEmpty() && !present.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s of format 1 is given beside %s of format 2; write all of the model in one of them"
              .formatted(String.join(", ", old), String.join(", ", present)));
    }
  }

  /** Takes out what solvers of training and evaluations had in common. */
  private static ObjectNode solver(ObjectNode solve, @Nullable SolverMethod method) {
    ObjectNode solver = JsonConfig.object();
    JsonNode steps = solve.remove("steps");
    JsonNode norm = solve.remove("errorNorm");
    if (method == null) {
      putUnlessNull(solver, "errorNorm", norm);
    } else if (!method.isAdaptive()) {
      solver.put("type", "fixed");
      putUnlessNull(solver, "steps", steps);
    } else if (method.isMultistep()) {
      solver.put("type", "multistep");
    } else {
      solver.put("type", "adaptive");
      putUnlessNull(solver, "errorNorm", norm);
    }
    putUnlessNull(solver, "method", solve.remove("method"));
    putUnlessNull(solver, "maxEvaluations", solve.remove("maxEvaluations"));
    return solver;
  }

  private static ObjectNode withTolerances(
      ObjectNode solver, ObjectNode solve, String rtol, String atol, boolean used) {
    ObjectNode copy = solver.deepCopy();
    JsonNode relative = solve.remove(rtol);
    JsonNode absolute = solve.remove(atol);
    if (used) {
      putUnlessNull(copy, "rtol", relative);
      putUnlessNull(copy, "atol", absolute);
    }
    return copy;
  }

  private static @Nullable JsonNode divergence(ObjectNode solve, String name, String probes) {
    JsonNode type = solve.remove(name);
    JsonNode count = solve.remove(probes);
    if (type != null && !type.isTextual()) {
      return type;
    }
    if (type == null) {
      if (count != null) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "solve.%s is %s, and no solve.%s is given that has probes; give both, or neither"
                .formatted(probes, count, name));
      }
      return null;
    }
    ObjectNode divergence = JsonConfig.object();
    divergence.set("type", type);
    if (!type.textValue().equals(ExactTrace.ID)) {
      putUnlessNull(divergence, "probes", count);
    }
    return divergence;
  }

  private static void group(ObjectNode model, String name, List<String> values) {
    ObjectNode inner = JsonConfig.object();
    values.forEach(value -> putUnlessNull(inner, value, model.remove(value)));
    putUnlessEmpty(model, name, inner);
  }

  private static void putUnlessNull(ObjectNode parent, String name, @Nullable JsonNode value) {
    if (value != null) {
      parent.set(name, value);
    }
  }

  private static void putUnlessEmpty(ObjectNode parent, String name, ObjectNode value) {
    if (!value.isEmpty()) {
      parent.set(name, value);
    }
  }
}
