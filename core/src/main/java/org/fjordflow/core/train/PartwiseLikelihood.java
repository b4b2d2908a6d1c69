package org.fjordflow.core.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.autodiff.internal.SharedWeights;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Observations;
import org.fjordflow.core.flow.Pass.Penalties;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * Minus the mean log-density of a flow that maps each row by itself, part by part: a part of the
 * batch goes forth and back at once, on a tape of its group, so that its arrays are still in a
 * core's cache and threads meet once a step.
 *
 * <p>Parts and groups depend on the number of rows alone, and what groups have gathered is added in
 * their order: results are the same bits with any number of threads.
 */
final class PartwiseLikelihood implements Objective {

  /** Rows of a part: enough for products to be fast, few enough to stay in cache. */
  private static final int PART = 128;

  private static final int MOST_GROUPS = 8;
  private static final int LEAST_GROUPS = 2;

  /** Elements of all groups' sums of gradients, each as large as the model, unless it is larger. */
  private static final int SUMS = 1 << 24;

  /** Parts that are computed one after the other. */
  private static final class Group {
    final Tape tape;
    final Gradients sums;

    Group(Backend backend, boolean recording, SharedWeights weights) {
      tape = Tape.sharing(backend, recording, weights);
      sums = new Gradients(backend);
    }
  }

  /** What a tape's losses work in. */
  private static final class Workspace {
    final SharedWeights weights;
    final List<Group> recording = new ArrayList<>();
    final List<Group> evaluating = new ArrayList<>();
    int most;

    Workspace(Backend backend) {
      weights = new SharedWeights(backend);
    }

    List<Group> groups(int count, boolean recorded) {
      List<Group> groups = recorded ? recording : evaluating;
      while (groups.size() < count) {
        groups.add(new Group(weights.backend(), recorded, weights));
      }
      return groups.subList(0, count);
    }
  }

  private final Flow flow;

  PartwiseLikelihood(Flow flow) {
    this.flow = flow;
  }

  @Override
  public Var loss(Pass pass, Batch batch) {
    if (pass.initializing()) {
      // Initial values are chosen by all rows of the batch.
      return Objectives.together(flow).loss(pass, batch);
    }
    Workspace own =
        pass.tape().attachment(this, Workspace.class, () -> new Workspace(flow.backend()));
    Tape tape = pass.tape();
    Backend backend = flow.backend();
    int n = batch.size();
    double[] x = RowArrays.flatten(batch.rows(), flow.dim(), "batch");
    double[] context = Objectives.context(batch, flow.contextSize());
    own.weights.renew();
    if (own.most == 0) {
      own.most = mostGroups(own, pass, x, context);
    }
    int parts = (n + PART - 1) / PART;
    int count = Math.min(parts, own.most);
    List<Group> groups = own.groups(count, tape.isRecording());
    // Parts draw for themselves: what one draws does not depend on which thread is faster.
    RandomStreams draws = new RandomStreams(pass.random().nextLong());
    double[] losses = new double[parts];
    Observations[] seen = new Observations[parts];
    backend.parallel(
        count,
        g -> {
          Group group = groups.get(g);
          group.sums.clear();
          for (int part = start(parts, g, count); part < start(parts, g + 1, count); part++) {
            int from = start(n, part, parts);
            int to = start(n, part + 1, parts);
            seen[part] = new Observations();
            losses[part] = 
                loss(
                    group,
                    ofPart(pass, group, draws.generator(Purpose.PROBES, part), seen[part]),
                    n,
                    from,
                    to,
                    x,
                    context);
          }
          group.tape.parameters().forEach(group.sums::of);
        });
    for (Observations part : seen) {
      pass.observations().addAll(part);
    }
    double[] loss = {Arrays.stream(losses).sum()};
    return tape.isRecording()
        ? recorded(own.weights, tape, loss, groups)
        : tape.constant(loss, /* rows= */ 1, /* cols= */ 1);
  }

  /** How many groups the size of the model allows, which one row tells. */
  private int mostGroups(Workspace own, Pass pass, double[] x, double @Nullable [] context) {
    Group probe = own.groups(1, true).get(0);
    RandomGenerator any = new RandomStreams(0).generator(Purpose.PROBES);
    loss(probe, ofPart(pass, probe, any, new Observations()), 1, 0, 1, x, context);
    int size = probe.tape.parameters().stream().mapToInt(p -> p.value().size()).sum();
    return Math.max(LEAST_GROUPS, Math.min(MOST_GROUPS, SUMS / Math.max(1, size)));
  }

  /** Where the share of one of several begins. */
  private static int start(int all, int index, int shares) {
    return (int) ((long) all * index / shares);
  }

  /** The pass of a part: its own tape and draws, and what is seen in it. */
  private static Pass ofPart(Pass pass, Group group, RandomGenerator random, Observations seen) {
    return new Pass(
        group.tape, random, pass.training(), true, new Work(), new Penalties(), seen, false);
  }

  /** What some rows add to the loss of n; their gradients go to the group's sums. */
  private double loss(
      Group group, Pass pass, int n, int from, int to, double[] x, double @Nullable [] context) {
    Tape tape = group.tape;
    tape.reset();
    Var rows = constant(tape, x, from, to, flow.dim());
    Var given = context == null ? null : constant(tape, context, from, to, flow.contextSize());
    Var logProb = flow.logProb(pass, rows, given);
    Var loss = tape.affine(-1.0 / n, tape.columnSum(logProb), 0);
    Var penalty = pass.penalties().sum();
    if (penalty != null) {
      loss = tape.add(loss, tape.affine(1.0 / n, tape.columnSum(penalty), 0));
    }
    if (loss.isDifferentiable()) {
      Matrix one = tape.take(1, 1);
      tape.backend().fill(1, one);
      tape.seed(loss, one);
      tape.reverse();
      tape.accumulate(1, group.sums);
    }
    return Elements.of(tape.backend(), loss.value())[0];
  }

  private static Var constant(Tape tape, double[] rows, int from, int to, int cols) {
    Matrix m = tape.take(to - from, cols);
    tape.backend().upload(rows, from * cols, m);
    return tape.constant(m);
  }

  /** The loss as an operation on the outer tape, which has its gradient with it. */
  private Var recorded(SharedWeights weights, Tape tape, double[] loss, List<Group> groups) {
    Backend backend = tape.backend();
    List<Parameter> read = List.copyOf(groups.get(0).tape.parameters());
    List<Var> leaves = new ArrayList<>();
    List<Matrix> gradients = new ArrayList<>();
    for (Parameter parameter : read) {
      leaves.add(tape.parameter(weights.source(parameter)));
      gradients.add(
          tape.take(/* rows= */ parameter.value().rows(), /* cols= */ parameter.value().cols()));
    }
    backend.parallel(read.size(), i -> total(weights, groups, read.get(i), gradients.get(i)));
    Matrix value = tape.take(1, 1);
    backend.upload(loss, 0, value);
    return tape.custom(
            leaves,
            List.of(value),
            (bars, targets) -> {
              double bar = Elements.of(backend, bars.get(0))[0];
              backend.parallel(
                  targets.size(),
                  i -> {
                    Matrix target = targets.get(i);
                    if (target != null) {
                      backend.add(bar, gradients.get(i), 1, target);
                    }
                  });
            })
        .get(0);
  }

  private static void total(
      SharedWeights weights, List<Group> groups, Parameter read, Matrix total) {
    Backend backend = weights.backend();
    double keep = 0;
    for (Group group : groups) {
      backend.add(1, group.sums.of(read), keep, total);
      keep = 1;
    }
    weights.toSource(read, total);
  }
}
