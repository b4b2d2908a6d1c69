package org.fjordflow.core.flow;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * One computation with a flow: where it is recorded, what randomness it may use, what it is for,
 * and what it cost.
 *
 * @param tape where operations are made
 * @param random source of probes and noise
 * @param training whether this is a step of training (estimators may be noisy) or an evaluation
 * @param logDet whether log-determinants are wanted; without, bijections may leave them out
 * @param work counters. Modified by bijections.
 * @param penalties what is to be added to the loss of a step of training. Modified by bijections.
 * @param observations what bijections learn from a step of training beside its gradient. Modified
 *     by them.
 * @param initializing whether the rows of this pass choose the initial values that data choose: a
 *     bijection with such values, as activation normalisation, sets them by what arrives at it and
 *     then maps the rows. No other pass changes a model. One that uses others hands the pass on and
 *     need not know of it
 * @param failures takes rows that cannot be computed, which then become NaN; null where such a row
 *     fails the pass. Modified by bijections.
 */
public record Pass(
    Tape tape,
    RandomGenerator random,
    boolean training,
    boolean logDet,
    Work work,
    Penalties penalties,
    Observations observations,
    boolean initializing,
    @Nullable Failures failures) {

  /** A pass that a row fails where it cannot be computed. */
  public Pass(
      Tape tape,
      RandomGenerator random,
      boolean training,
      boolean logDet,
      Work work,
      Penalties penalties,
      Observations observations,
      boolean initializing) {
    this(tape, random, training, logDet, work, penalties, observations, initializing, null);
  }

  /** A pass with penalties and observations of its own, none so far. */
  public Pass(Tape tape, RandomGenerator random, boolean training, boolean logDet, Work work) {
    this(tape, random, training, logDet, work, new Penalties(), new Observations(), false);
  }

  /** A step of training. */
  public static Pass training(Tape tape, RandomGenerator random) {
    return new Pass(tape, random, true, true, new Work());
  }

  /** An evaluation with log-determinants. */
  public static Pass evaluation(Tape tape, RandomGenerator random) {
    return new Pass(tape, random, false, true, new Work());
  }

  /** An evaluation whose rows choose the initial values that data choose. */
  public static Pass initialization(Tape tape, RandomGenerator random) {
    return new Pass(
        tape, random, false, true, new Work(), new Penalties(), new Observations(), true);
  }

  /** The same pass without log-determinants. */
  public Pass withoutLogDet() {
    return new Pass(
        tape, random, training, false, work, penalties, observations, initializing, failures);
  }

  /**
   * The same pass, in which a row that cannot be computed becomes NaN and leaves the others alone.
   *
   * @param takes is told of such rows, or null where one fails the pass
   */
  public Pass withFailures(@Nullable Failures takes) {
    return new Pass(
        tape, random, training, logDet, work, penalties, observations, initializing, takes);
  }

  /**
   * Rows that could not be computed, such as rows so far out that a continuous flow overflows. What
   * a pass makes of them is NaN, their log-determinants too.
   */
  public static final class Failures {

    /**
     * A row that could not be computed.
     *
     * @param row its index
     * @param overflow whether values grew beyond all bounds, or were not finite; otherwise a solve
     *     could not meet its tolerance or spent its budget
     * @param reason one line that says why
     */
    public record Failure(int row, boolean overflow, String reason) {}

    private final SortedMap<Integer, Failure> rows = new TreeMap<>();

    /** Creates a list without rows. */
    public Failures() {}

    /** Takes a row; of one that has failed before, the first reason stays. */
    public void add(Failure failure) {
      rows.putIfAbsent(failure.row(), failure);
    }

    /**
     * Takes all rows of a part of the rows.
     *
     * @param part what failed there. Not modified.
     * @param from index of the part's first row
     */
    public void addAll(Failures part, int from) {
      for (Failure failure : part.rows.values()) {
        add(new Failure(from + failure.row, failure.overflow, failure.reason));
      }
    }

    /** Returns whether a row has failed. */
    public boolean contains(int row) {
      return rows.containsKey(row);
    }

    /** Returns the rows that failed, in their order. */
    public List<Failure> list() {
      return List.copyOf(rows.values());
    }
  }

  /**
   * What bijections want added to the loss of a training pass, such as the energy of a continuous
   * flow's paths. No part of any density; an objective adds the mean over rows to its loss.
   */
  public static final class Penalties {

    private @Nullable Var sum;

    /** Creates a sum of nothing. */
    public Penalties() {}

    /**
     * Adds a penalty.
     *
     * @param tape the pass's
     * @param penalty n x 1 for the n rows of the pass, in nats, with whatever factor it has
     */
    public void add(Tape tape, Var penalty) {
      sum = sum == null ? penalty : tape.add(sum, penalty);
    }

    /** Returns the sum of all that was added, n x 1, or null where nothing was. */
    public @Nullable Var sum() {
      return sum;
    }
  }

  /**
   * Moments of the rows that arrived at bijections in a pass of training, for those that keep
   * moving averages of them. A pass only notes them; they are handed over once its step has been
   * made, so that no pass changes a model and what is computed twice is the same.
   */
  public static final class Observations {

    /** Who keeps something of what was seen. */
    @FunctionalInterface
    public interface Observer {

      /**
       * Takes what a step has shown.
       *
       * @param mean [columns]. Not modified.
       * @param variance [columns], of squares divided by the number of rows. Not modified.
       */
      void observe(double[] mean, double[] variance);
    }

    /** Moments of some rows. */
    @SuppressWarnings("ArrayRecordComponent") // not compared
    private record Moments(long rows, double[] mean, double[] variance) {

      static Moments of(double[] values, int rows, int columns) {
        double[] mean = new double[columns];
        double[] variance = new double[columns];
        for (int e = 0; e < values.length; e++) {
          mean[e % columns] += values[e] / rows;
        }
        for (int e = 0; e < values.length; e++) {
          double distance = values[e] - mean[e % columns];
          variance[e % columns] += distance * distance / rows;
        }
        return new Moments(rows, mean, variance);
      }

      /** Those of all rows (Chan, Golub and LeVeque 1983, equation 2.1). */
      Moments with(Moments other) {
        long all = rows + other.rows;
        double share = (double) other.rows / all;
        double[] m = new double[mean.length];
        double[] v = new double[mean.length];
        for (int j = 0; j < m.length; j++) {
          double apart = other.mean[j] - mean[j];
          m[j] = mean[j] + share * apart;
          v[j] =
              (1 - share) * variance[j]
                  + share * other.variance[j]
                  + share * (1 - share) * apart * apart;
        }
        return new Moments(all, m, v);
      }
    }

    private final Map<Observer, Moments> seen = new LinkedHashMap<>();

    /** Creates a list of nothing seen. */
    public Observations() {}

    /**
     * Notes rows; of an observer that has seen others before, the moments are those of all.
     *
     * @param observer who wants them
     * @param values rows x columns, row by row. Not modified.
     * @param columns number of columns, at least 1
     */
    public void add(Observer observer, double[] values, int columns) {
      if (values.length > 0) {
        int rows = values.length / columns;
        seen.merge(observer, Moments.of(values, rows, columns), Moments::with);
      }
    }

    /** Adds what was seen in a part of the pass. */
    public void addAll(Observations part) {
      part.seen.forEach((observer, moments) -> seen.merge(observer, moments, Moments::with));
    }

    /** Returns whether nothing was seen. */
    public boolean isEmpty() {
      return seen.isEmpty();
    }

    /** Hands everything over to its observers. Belongs after the step that the pass was for. */
    public void deliver() {
      seen.forEach((observer, moments) -> observer.observe(moments.mean, moments.variance));
    }
  }

  /** Counts what a pass cost; for continuous flows, evaluations of the field. */
  public static final class Work {

    private long forwardEvaluations;
    private long rowEvaluations;
    private long backwardEvaluations;
    private long acceptedSteps;
    private long rejectedSteps;
    private long stiffSolves;

    /** Creates counters at zero. */
    public Work() {}

    /** Counts a solve from input to output. */
    public void addForward(long evaluations, long accepted, long rejected) {
      forwardEvaluations += evaluations;
      acceptedSteps += accepted;
      rejectedSteps += rejected;
    }

    /**
     * Counts a solve in which each row had steps of its own. Evaluations and steps of the pass are
     * the means over the rows, rounded up.
     *
     * @param rows number of rows
     * @param evaluations sum over the rows
     * @param accepted sum over the rows
     * @param rejected sum over the rows
     */
    public void addRows(int rows, long evaluations, long accepted, long rejected) {
      if (rows > 0) {
        addForward(mean(evaluations, rows), mean(accepted, rows), mean(rejected, rows));
        rowEvaluations += evaluations;
      }
    }

    private static long mean(long sum, int rows) {
      return (sum + rows - 1) / rows;
    }

    /** Counts the evaluations of a gradient. */
    public void addBackward(long evaluations) {
      backwardEvaluations += evaluations;
    }

    /** Counts a solve whose steps stability held down, and not accuracy. */
    public void addStiff() {
      stiffSolves++;
    }

    /** Counts all that another one counted. */
    public void add(Work other) {
      addForward(other.forwardEvaluations, other.acceptedSteps, other.rejectedSteps);
      rowEvaluations += other.rowEvaluations;
      addBackward(other.backwardEvaluations);
      stiffSolves += other.stiffSolves;
    }

    /**
     * Returns the evaluations from input to output, each of all rows; of solves whose rows have
     * steps of their own, the mean over the rows.
     */
    public long forwardEvaluations() {
      return forwardEvaluations;
    }

    /**
     * Returns the sum over rows of the evaluations of solves whose rows have steps of their own.
     */
    public long rowEvaluations() {
      return rowEvaluations;
    }

    /** Returns the evaluations for gradients. */
    public long backwardEvaluations() {
      return backwardEvaluations;
    }

    /** Returns the accepted steps from input to output. */
    public long acceptedSteps() {
      return acceptedSteps;
    }

    /** Returns the rejected steps from input to output. */
    public long rejectedSteps() {
      return rejectedSteps;
    }

    /**
     * Returns how many of the solves from input to output seemed stiff: they took more steps than
     * their accuracy asked for, at any tolerance. Zero means that none was noticed.
     */
    public long stiffSolves() {
      return stiffSolves;
    }
  }
}
