package org.fjordflow.core.train.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.autodiff.internal.SharedWeights;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Observations;
import org.fjordflow.core.flow.Pass.Penalties;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.internal.Elements;

/**
 * A mean over rows that do not depend on each other, part by part: a part of the batch goes forth
 * and back at once, on a tape of its group, so that its arrays are still in a core's cache and
 * threads meet once a step.
 *
 * <p>Parts and groups depend on the number of rows alone, and what groups have gathered is added in
 * their order: results are the same bits with any number of threads.
 */
public final class PartwiseLoss {

  /** What some rows add to the loss of a batch. */
  @FunctionalInterface
  public interface Rows {
    /**
     * Computes it.
     *
     * @param pass with a tape of this part's own
     * @param n rows of the batch, over which the loss is the mean
     * @param from first row of the part
     * @param to behind its last one
     * @return 1 x 1
     */
    Var loss(Pass pass, int n, int from, int to);
  }

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

  private final int partRows;
  private final int mostGroups;

  /**
   * Creates it.
   *
   * @param partRows rows of a part, at least 1
   * @param mostGroups groups at most, each of which has the memory of a part and is computed by one
   *     thread
   */
  public PartwiseLoss(int partRows, int mostGroups) {
    this.mostGroups = mostGroups;
    this.partRows = partRows;
  }

  /**
   * Computes the loss, and on a tape that records its gradient.
   *
   * @param pass whose tape it goes on
   * @param n rows of the batch
   * @param any a generator for one row whose loss is not used
   * @param draws a generator for each part: what one draws does not depend on which thread is
   *     faster
   * @param rows what parts add
   * @return 1 x 1
   */
  public Var loss(
      Pass pass, int n, RandomGenerator any, IntFunction<RandomGenerator> draws, Rows rows) {
    Tape tape = pass.tape();
    Backend backend = tape.backend();
    Workspace own = tape.attachment(this, Workspace.class, () -> new Workspace(backend));
    own.weights.renew();
    if (own.most == 0) {
      own.most = mostGroups(own, pass, any, rows);
    }
    int parts = (n + partRows - 1) / partRows;
    int count = Math.min(parts, own.most);
    List<Group> groups = own.groups(count, tape.isRecording());
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
            Pass ofPart = ofPart(pass, group, draws.apply(part), seen[part]);
            losses[part] = loss(group, ofPart, rows, n, from, to);
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
  private int mostGroups(Workspace own, Pass pass, RandomGenerator any, Rows rows) {
    Group probe = own.groups(1, true).get(0);
    loss(probe, ofPart(pass, probe, any, new Observations()), rows, 1, 0, 1);
    int size = probe.tape.parameters().stream().mapToInt(p -> p.value().size()).sum();
    return Math.max(LEAST_GROUPS, Math.min(mostGroups, SUMS / Math.max(1, size)));
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
  private static double loss(Group group, Pass pass, Rows rows, int n, int from, int to) {
    Tape tape = group.tape;
    tape.reset();
    Var loss = rows.loss(pass, n, from, to);
    if (loss.isDifferentiable()) {
      Matrix one = tape.take(1, 1);
      tape.backend().fill(1, one);
      tape.seed(loss, one);
      tape.reverse();
      tape.accumulate(1, group.sums);
    }
    return Elements.of(tape.backend(), loss.value())[0];
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
