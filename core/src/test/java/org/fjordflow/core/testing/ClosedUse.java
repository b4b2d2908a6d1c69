package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;

/**
 * Calls every public method of a closed model, and of whatever these return, with arguments that
 * were made before it was closed: each gives an answer that needs no arrays, or a typed error.
 */
public final class ClosedUse {

  private static final int ROWS = 2;

  private final Map<Class<?>, Object> arguments = new HashMap<>();
  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<String, ErrorKey> errors = new TreeMap<>();
  private final Set<String> answers = new TreeSet<>();
  private final List<String> wrong = new ArrayList<>();
  private final Model model;

  /** Makes arguments, while the model is open. */
  public ClosedUse(Model model) {
    this.model = model;
    Flow flow = model.flow();
    Backend backend = flow.backend();
    Tape tape = Tape.evaluating(backend);
    double[][] rows = new double[ROWS][flow.dim()];
    double[][] conditions = new double[ROWS][flow.contextSize()];
    Matrix matrix = backend.allocate(ROWS, flow.dim());
    Context context = flow.contextSize() == 0 ? Context.none() : Context.of(conditions);
    RandomGenerator random = new SplittableRandom(1);
    arguments.put(int.class, ROWS);
    arguments.put(long.class, 1L);
    arguments.put(double.class, 0.5);
    arguments.put(boolean.class, false);
    arguments.put(String.class, "name");
    arguments.put(Path.class, Path.of("never-written"));
    arguments.put(double[].class, new double[model.parameters().size()]);
    arguments.put(double[][].class, rows);
    arguments.put(Context.class, context);
    arguments.put(RandomGenerator.class, random);
    arguments.put(Backend.class, backend);
    arguments.put(Tape.class, tape);
    arguments.put(Matrix.class, matrix);
    arguments.put(Var.class, tape.constant(matrix));
    arguments.put(Pass.class, Pass.evaluation(tape, random));
    arguments.put(Parameters.class, model.parameters());
    arguments.put(Flow.class, flow);
    arguments.put(
        Batch.class, flow.contextSize() == 0 ? Batch.of(rows) : new Batch(rows, conditions));
    arguments.put(Parameter.class, model.parameters().entries().get(0).parameter());
  }

  /**
   * Calls everything.
   *
   * @param others objects beside the model that belong to it
   */
  public void expectTypedErrors(Object... others) {
    assertTrue(model.flow().backend().isClosed());
    visit(model, 0);
    for (Object other : others) {
      visit(other, 0);
    }
    arguments.values().forEach(argument -> visit(argument, 0));
    assertEquals(List.of(), wrong);
    for (String needsArrays :
        List.of(
            "Flow.score",
            "Flow.logProb",
            "Flow.sample",
            "Flow.sampleAndLogProb",
            "Flow.toBase",
            "Flow.fromBase",
            "Parameters.get",
            "Parameters.set",
            "Parameters.gradient",
            "Parameters.zeroGradient",
            "Tape.add",
            "Tape.multiply",
            "Tape.mean")) {
      assertEquals(ErrorKey.CLOSED, errors.get(needsArrays), needsArrays + " of " + errors);
      assertTrue(!answers.contains(needsArrays), needsArrays + " answered");
    }
    assertTrue(errors.size() + answers.size() > 60, answers + " " + errors);
  }

  private void visit(Object object, int depth) {
    String type = object.getClass().getName();
    if (depth > 4 || !type.startsWith("org.fjordflow.") || !seen.add(object)) {
      return;
    }
    for (Method method : object.getClass().getMethods()) {
      if (method.getDeclaringClass() != Object.class && !Modifier.isStatic(method.getModifiers())) {
        call(object, method).ifPresent(result -> visitAll(result, depth + 1));
      }
    }
  }

  private void visitAll(Object result, int depth) {
    if (result instanceof Iterable<?> several) {
      several.forEach(one -> visitAll(one, depth));
    } else {
      visit(result, depth);
    }
  }

  private Optional<Object> call(Object object, Method method) {
    Object[] given = new Object[method.getParameterCount()];
    for (int i = 0; i < given.length; i++) {
      Object argument = arguments.get(method.getParameterTypes()[i]);
      if (argument == null) {
        return Optional.empty();
      }
      given[i] = argument;
    }
    String name = object.getClass().getSimpleName() + "." + method.getName();
    try {
      method.setAccessible(true);
      Optional<Object> result = Optional.ofNullable(method.invoke(object, given));
      answers.add(name);
      return result;
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof FjordException typed) {
        errors.merge(name, typed.key(), (a, b) -> a == ErrorKey.CLOSED ? a : b);
      } else {
        wrong.add(name + ": " + e.getCause());
      }
      return Optional.empty();
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
