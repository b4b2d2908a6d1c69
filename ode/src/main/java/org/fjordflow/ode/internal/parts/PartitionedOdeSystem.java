package org.fjordflow.ode.internal.parts;

import java.util.List;
import java.util.function.IntConsumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.OdeSystem;

/**
 * A system whose components fall into parts that do not depend on each other, such as the rows of a
 * batch: all that they share is the size of the solver's steps. Parts may be worked on at the same
 * time.
 *
 * <p>How components are dealt out does not change during the life of the system and does not depend
 * on the number of threads, so neither do results.
 */
public interface PartitionedOdeSystem extends DifferentiableOdeSystem {

  /** Returns the number of parts, at least one. */
  int parts();

  /**
   * Returns the number of components of a part.
   *
   * @param part index of the part
   */
  int dimension(int part);

  /**
   * Returns the groups that the components of a part consist of, in their order: as many as the
   * whole state has, with the same names.
   *
   * @param part index of the part
   * @throws FjordException with {@link ErrorKey#UNSUPPORTED} if the state has several groups and
   *     this is not overridden
   */
  default List<OdeSystem.Group> groups(int part) {
    List<OdeSystem.Group> whole = groups();
    if (whole.size() != 1) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "A system in parts with " + whole.size() + " groups has to override groups(part).");
    }
    return List.of(new OdeSystem.Group(whole.get(0).name(), dimension(part)));
  }

  /**
   * Copies the components of a part out of a state.
   *
   * @param part index of the part
   * @param state the whole state. Not modified
   * @param target receives {@code dimension(part)} components. Modified
   */
  void gather(int part, double[] state, double[] target);

  /**
   * Copies the components of a part into a state; different parts write to different components.
   *
   * @param part index of the part
   * @param source {@code dimension(part)} components. Not modified
   * @param state the whole state. Modified
   */
  void scatter(int part, double[] source, double[] state);

  /**
   * Runs a task for every part, perhaps several at once and in any order, and returns when all are
   * done. If tasks fail, one of the failures is thrown.
   *
   * @param task is given the index of a part
   */
  void forEachPart(IntConsumer task);

  /**
   * Prepares for evaluations at some times, such as those of the stages of a step.
   *
   * @param times one for each instant. Not modified
   * @param reversible whether {@link Instants#linearize} is going to be used
   * @return what evaluates there; the caller closes it
   */
  Instants at(double[] times, boolean reversible);
}
