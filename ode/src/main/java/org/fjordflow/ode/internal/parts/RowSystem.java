package org.fjordflow.ode.internal.parts;

import java.util.List;
import java.util.function.IntConsumer;
import org.fjordflow.ode.OdeSystem;

/**
 * A system of rows that do not depend on each other, each of which is solved by steps of its own.
 * Rows that are at different times are evaluated together.
 *
 * <p>Neighbouring rows are dealt out in ranges, by sizes alone, so that results do not depend on
 * the number of threads.
 */
public interface RowSystem {

  /** Returns the number of rows. */
  int rows();

  /** Returns the number of components of a row. */
  int width();

  /** Returns the groups that the components of a row consist of, in their order. */
  List<OdeSystem.Group> groups();

  /** Returns the relative precision that the field has, as {@link OdeSystem#precision}. */
  double precision();

  /**
   * Says what a component is, as {@link OdeSystem#describe}.
   *
   * @param component index in the row, or -1 for none
   */
  String describe(int row, int component);

  /** Returns the number of ranges. */
  int ranges();

  /** Returns the first row of a range; that of range {@link #ranges} is the number of rows. */
  int start(int range);

  /** Returns how many rows of a range are evaluated together at most. */
  int most();

  /**
   * Runs a task for every range, perhaps several at once and in any order, and returns when all are
   * done. If tasks fail, one of the failures is thrown.
   *
   * @param task is given the index of a range
   */
  void forEachRange(IntConsumer task);

  /** Returns what evaluates rows, for one thread; the caller closes it. */
  Evaluator evaluator();

  /** Evaluates some rows. */
  interface Evaluator extends AutoCloseable {

    /**
     * Chooses the rows.
     *
     * @param rows their indices. Not modified
     * @param count how many they are, at most {@link #most}
     */
    void select(int[] rows, int count);

    /**
     * Goes to the rows' times.
     *
     * @param times one for each row. Not modified
     */
    void at(double[] times);

    /**
     * Evaluates f(t, y) of the rows at their times.
     *
     * @param integrals whether derivatives of {@linkplain OdeSystem.Group#integral integrals} are
     *     used; if not, any finite numbers may take their places
     * @param y the states, row by row. Not modified
     * @param yDot receives the derivatives, row by row. Modified
     */
    void derivatives(boolean integrals, double[] y, double[] yDot);

    /** Gives memory back. */
    @Override
    void close();
  }
}
