package org.fjordflow.cnf.internal.json;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.ode.ErrorNorm;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverConfig.Adaptive;
import org.fjordflow.ode.SolverConfig.ByTolerance;
import org.fjordflow.ode.SolverConfig.Fixed;
import org.fjordflow.ode.SolverConfig.Multistep;
import org.fjordflow.ode.SolverMethod;

/**
 * A {@link SolverConfig} as JSON: {@code type} ({@code adaptive}, {@code fixed} or {@code
 * multistep}), {@code method}, and the values that this type has. What is left out takes the value
 * the defaults below; the type follows from the method.
 */
public final class SolverJson {

  /** Relative and absolute tolerance of a method that had none. */
  public static final double DEFAULT_TOLERANCE = 1e-5;

  /** Number of steps of a method that had none. */
  public static final int DEFAULT_STEPS = 20;

  /** Evaluations of the field after which a solve is given up unless said otherwise. */
  public static final long DEFAULT_MAX_EVALUATIONS = 100_000;

  private static final String ADAPTIVE = "adaptive";
  private static final String FIXED = "fixed";
  private static final String MULTISTEP = "multistep";
  private static final String METHOD = "method";
  private static final String STEPS = "steps";
  private static final String PREVIOUS = "previousSteps";
  private static final String RTOL = "rtol";
  private static final String ATOL = "atol";
  private static final String FIRST = "firstStep";
  private static final String SMALLEST = "minStep";
  private static final String LARGEST = "maxStep";
  private static final String BUDGET = "maxEvaluations";
  private static final String NORM = "errorNorm";

  private SolverJson() {}

  public static ObjectNode write(SolverConfig config) {
    ObjectNode node = JsonConfig.object();
    if (config instanceof Fixed fixed) {
      node.put("type", FIXED);
      node.put(METHOD, fixed.name());
      node.put(STEPS, fixed.steps());
    } else if (config instanceof ByTolerance free) {
      node.put("type", free instanceof Multistep ? MULTISTEP : ADAPTIVE);
      node.put(METHOD, free.name());
      if (free instanceof Multistep multistep) {
        node.put(PREVIOUS, multistep.previousSteps());
      }
      node.put(RTOL, free.rtol());
      node.put(ATOL, free.atol());
      node.put(FIRST, free.firstStep());
      node.put(SMALLEST, free.minStep());
      node.put(LARGEST, free.maxStep());
    } else {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "The integrator " + config.name() + " cannot be saved: configure a method by its name.");
    }
    node.put(BUDGET, config.maxEvaluations());
    if (config instanceof Adaptive adaptive) {
      node.put(NORM, nameOf(adaptive));
    }
    return node;
  }

  private static String nameOf(Adaptive config) {
    ErrorNorm norm = config.errorNorm();
    for (FlowNorm known : FlowNorm.values()) {
      if (known.norm().equals(norm)) {
        return known.id();
      }
    }
    throw new FjordException(
        ErrorKey.UNSUPPORTED,
        "the error norm "
            + norm
            + " has no name and cannot be written to JSON; those that can are "
            + FlowNorm.names());
  }

  static SolverConfig read(JsonNode tree) {
    JsonFields fields = JsonFields.of(named(tree), "solver");
    SolverMethod method = SolverMethod.of(fields.text(METHOD));
    String type = typeOf(method);
    String given = fields.type();
    if (given != null && !given.equals(type)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a solver of type '%s' with the method %s, which is of type '%s'"
              .formatted(given, method.id(), type));
    }
    long budget = fields.integer(BUDGET, DEFAULT_MAX_EVALUATIONS);
    if (type.equals(FIXED)) {
      fields.only(METHOD, STEPS, BUDGET);
      return SolverConfig.fixed(method, fields.count(STEPS, DEFAULT_STEPS))
          .withMaxEvaluations(budget);
    }
    if (type.equals(MULTISTEP)) {
      fields.only(METHOD, PREVIOUS, RTOL, ATOL, FIRST, SMALLEST, LARGEST, BUDGET);
    } else {
      fields.only(METHOD, RTOL, ATOL, FIRST, SMALLEST, LARGEST, BUDGET, NORM);
    }
    double rtol = fields.number(RTOL, DEFAULT_TOLERANCE);
    double atol = fields.number(ATOL, DEFAULT_TOLERANCE);
    ByTolerance free =
        type.equals(MULTISTEP)
            ? SolverConfig.multistep(
                method, fields.count(PREVIOUS, SolverConfig.DEFAULT_MULTISTEP_STEPS), rtol, atol)
            : SolverConfig.adaptive(method, rtol, atol);
    free = free.withFirstStep(fields.number(FIRST, 0));
    free = free.withStepBounds(fields.number(SMALLEST, 0), fields.number(LARGEST, 0));
    if (fields.has(NORM)) {
      free = free.withErrorNorm(FlowNorm.of(fields.text(NORM)).norm());
    }
    return free.withMaxEvaluations(budget);
  }

  /**
   * Returns a solver that is given by its method's name, or without its type, with method and type.
   *
   * @param given Not modified.
   * @return {@code given} where that is not so
   */
  public static JsonNode named(JsonNode given) {
    JsonNode method = given.isTextual() ? given : given.path(METHOD);
    if (!method.isTextual() || given.has("type")) {
      return given;
    }
    ObjectNode solver = JsonConfig.object();
    solver.put("type", typeOf(SolverMethod.of(method.textValue())));
    if (given instanceof ObjectNode values) {
      solver.setAll(values);
    }
    return solver.set(METHOD, method);
  }

  private static String typeOf(SolverMethod method) {
    return method.isMultistep() ? MULTISTEP : method.isAdaptive() ? ADAPTIVE : FIXED;
  }

  /** Writes a solver. */
  public static final class Writer extends JsonSerializer<SolverConfig> {
    @Override
    public void serialize(SolverConfig value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      provider.defaultSerializeValue(write(value), out);
    }
  }

  /** Reads a solver. */
  public static final class Reader extends JsonDeserializer<SolverConfig> {
    @Override
    public SolverConfig deserialize(JsonParser parser, DeserializationContext context)
        throws IOException {
      return read(context.readTree(parser));
    }
  }
}
