package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * One part of a solve. It makes all stages of a step by itself; of the others it only learns how
 * far it need go, because one of them met a value that is not finite.
 *
 * <p>Where values are not finite is told by a mark: twice the index of the stage if its state was
 * not, one more if its derivative was not.
 */
final class PartStepper {
  /** The mark for all being finite. */
  static final int ALL_FINITE = Integer.MAX_VALUE;

  private final PartitionedOdeSystem system;
  private final int part;
  private final StepRows rows;
  private final MeasuredGroups measured;
  private final MeasuredGroups.Range[] ranges;
  private final MeasuredGroups.Range[] positions;
  private final List<OdeSystem.Group> groups;
  private final @Nullable ErrorEstimate estimate;
  private final @Nullable StepKeeper keeper;
  private final double[][] slopes;
  private final double[] work;
  // Has no components where nothing needs it.
  private final double[] second;
  private double[] state;
  private double[] end;

  /** What this part adds to the sums over all parts. */
  private final double[] sums;

  private double slopesDistance;
  private double statesDistance;

  PartStepper(
      PartitionedOdeSystem system,
      int part,
      StepRows rows,
      MeasuredGroups measured,
      @Nullable ErrorEstimate estimate,
      @Nullable StepKeeper keeper) {
    this.system = system;
    this.part = part;
    this.rows = rows;
    this.measured = measured;
    this.groups = system.groups(part);
    this.ranges = measured.ranges(groups);
    this.positions = measured.positions(groups);
    this.estimate = estimate;
    this.keeper = keeper;
    int dimension = system.dimension(part);
    this.slopes = new double[rows.lastStage() + 1][dimension];
    this.work = new double[dimension];
    this.state = new double[dimension];
    this.end = new double[dimension];
    int estimates = estimate == null ? 0 : estimate.size();
    boolean needsSecond = measured.wantsLargest() && estimates > 1;
    this.second = new double[needsSecond ? dimension : 0];
    this.sums = new double[Math.max(3, estimates * ranges.length)];
  }

  void load(double[] whole) {
    system.gather(part, whole, state);
  }

  /** Returns one of the sums of the last task. */
  double sum(int index) {
    return sums[index];
  }

  /** Evaluates at the start; sums the squares of state, derivative and its part of positions. */
  void start(Instants instants, AtomicInteger lowest) {
    if (isFinite(state, 0, lowest)) {
      evaluate(instants, 0, 0, state, slopes[0], lowest);
    }
    sumState();
    sums[1] = squares(slopes[0]);
    sums[2] = squares(slopes[0], positions);
  }

  /** Sums the squares of the state. */
  void sumState() {
    sums[0] = squares(state);
  }

  /** Returns the sum of squares, over what is measured, in units of the tolerance at the state. */
  private double squares(double[] x) {
    return squares(x, ranges);
  }

  private double squares(double[] x, MeasuredGroups.Range[] where) {
    return MeasuredGroups.squares(where, x, state, 0);
  }

  /**
   * Evaluates at the end of an Euler step, as stage 1; sums the squares of the derivative's change.
   *
   * @param integrals whether those of integrals are wanted, and not those of positions alone
   */
  void trial(Instants instants, double h, boolean integrals, AtomicInteger lowest) {
    new LinearCombination(h).step(state, 1, slopes, end);
    if (isFinite(end, 2, lowest)) {
      instants.derivatives(0, part, integrals, end, slopes[1]);
      isFinite(slopes[1], 3, lowest);
    }
    change(integrals);
  }

  /** Puts a derivative beyond all bounds in the place of the trial's. */
  void failTrial(double slope, boolean integrals) {
    Arrays.fill(slopes[1], slope);
    change(integrals);
  }

  private void change(boolean integrals) {
    for (int d = 0; d < work.length; d++) {
      work[d] = slopes[1][d] - slopes[0][d];
    }
    sums[0] = integrals ? squares(work) : squares(work, positions);
  }

  /**
   * Tries a step; sums what the error norm measures.
   *
   * @param stop last stage to evaluate
   * @param h signed length of the step
   * @param compares whether the last two stages are compared, for {@link StiffnessWatch}
   * @param lowest lowest mark of all parts
   */
  void attempt(Instants instants, int stop, double h, boolean compares, AtomicInteger lowest) {
    int stages = rows.stages();
    for (int stage = rows.firstStage(); stage <= stages; stage++) {
      boolean evaluates = stage < stages || rows.evaluatesEnd();
      if (2 * stage > lowest.get() || (evaluates && stage > stop)) {
        return;
      }
      double[] at = stage == 0 ? state : stage == stages ? end : work;
      boolean finite =
          stage == 0
              ? Kernels.finite(state, 0, state.length)
              : rows.state(stage).step(state, h, slopes, at);
      if (!finite) {
        isFinite(false, firstNotFinite(stage), lowest);
        return;
      }
      if (!evaluates) {
        continue;
      }
      derivative(instants, stage - rows.firstStage(), stage, at, slopes[stage]);
      // The next state is not finite where this derivative is not; a spent budget makes none.
      boolean shown = rows.shows(stage) && stage < stop;
      if (!shown && !isFinite(slopes[stage], 2 * stage + 1, lowest)) {
        return;
      }
    }
    if (compares) {
      // What is left in work is the state of the stage before the end.
      slopesDistance = StiffnessWatch.distance(groups, slopes[stages], slopes[stages - 1]);
      statesDistance = StiffnessWatch.distance(groups, end, work);
    }
    if (estimate != null) {
      estimate.measure(measured, ranges, h, slopes, state, end, work, second, sums);
    }
  }

  /** Returns the mark of what was not finite first, given that a stage's state is not. */
  private int firstNotFinite(int stage) {
    int before = stage - 1;
    boolean unseen = before >= rows.firstStage() && rows.shows(before);
    double[] slope = slopes[Math.max(before, 0)];
    return unseen && !Kernels.finite(slope, 0, slope.length) ? 2 * before + 1 : 2 * stage;
  }

  /** Returns the squared distance of the last two stages' derivatives. */
  double slopesDistance() {
    return slopesDistance;
  }

  /** Returns the squared distance of the last two stages' states. */
  double statesDistance() {
    return statesDistance;
  }

  /**
   * Goes on to the end of the step.
   *
   * @param keepsStart whether the array of its start has been handed over and is not to be reused
   */
  void accept(boolean keepsStart) {
    double[] start = state;
    state = end;
    end = keepsStart ? new double[start.length] : start;
    if (rows.evaluatesEnd()) {
      int last = rows.lastStage();
      double[] first = slopes[0];
      slopes[0] = slopes[last];
      slopes[last] = first;
    }
  }

  /** Returns the state at the start of the step, the part's own array. */
  double[] state() {
    return state;
  }

  /** Copies the state of a stage into the whole state, after making it anew. */
  void scatterState(int stage, double h, double[] whole) {
    double[] at = state;
    if (stage > 0) {
      rows.state(stage).step(state, h, slopes, work);
      at = work;
    }
    system.scatter(part, at, whole);
  }

  /** Copies the end of the last attempt into the whole state. */
  void scatterEnd(double[] whole) {
    system.scatter(part, end, whole);
  }

  void scatterSlope(int stage, double[] whole) {
    system.scatter(part, slopes[stage], whole);
  }

  private boolean evaluate(
      Instants instants,
      int instant,
      int stage,
      double[] at,
      double[] slope,
      AtomicInteger lowest) {
    derivative(instants, instant, stage, at, slope);
    return isFinite(slope, 2 * stage + 1, lowest);
  }

  private void derivative(Instants instants, int instant, int stage, double[] at, double[] slope) {
    if (keeper != null && keeper.isKeeping()) {
      PartLinearization linearization = instants.linearize(instant, part, rows.weighs(stage), at);
      keeper.add(part, stage, linearization);
      linearization.derivative(slope);
    } else {
      instants.derivatives(instant, part, rows.weighs(stage), at, slope);
    }
  }

  private static boolean isFinite(double[] values, int mark, AtomicInteger lowest) {
    return isFinite(Kernels.finite(values, 0, values.length), mark, lowest);
  }

  private static boolean isFinite(boolean finite, int mark, AtomicInteger lowest) {
    if (!finite) {
      lowest.accumulateAndGet(mark, Math::min);
    }
    return finite;
  }
}
