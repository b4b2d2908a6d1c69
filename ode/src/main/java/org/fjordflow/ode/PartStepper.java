package org.fjordflow.ode;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
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
  private final SolverConfig config;
  private final @Nullable ErrorEstimate estimate;
  private final @Nullable KeptSteps kept;
  private final double[][] slopes;
  private final double[] work;
  private double[] state;
  private double[] end;

  /** What this part adds to the sums over all parts. */
  private final double[] sums = new double[2];

  PartStepper(
      PartitionedOdeSystem system,
      int part,
      StepRows rows,
      SolverConfig config,
      @Nullable ErrorEstimate estimate,
      @Nullable KeptSteps kept) {
    this.system = system;
    this.part = part;
    this.rows = rows;
    this.config = config;
    this.estimate = estimate;
    this.kept = kept;
    int dimension = system.dimension(part);
    this.slopes = new double[rows.lastStage() + 1][dimension];
    this.work = new double[dimension];
    this.state = new double[dimension];
    this.end = new double[dimension];
  }

  void load(double[] whole) {
    system.gather(part, whole, state);
  }

  /** Returns one of the sums of the last task. */
  double sum(int index) {
    return sums[index];
  }

  /** Evaluates at the start; sums the squares of state and derivative. */
  void start(Instants instants, AtomicInteger lowest) {
    if (isFinite(state, 0, lowest)) {
      evaluate(instants, 0, 0, state, slopes[0], lowest);
    }
    sums[0] = Kernels.squares(state, state, config.atol(), config.rtol());
    sums[1] = Kernels.squares(slopes[0], state, config.atol(), config.rtol());
  }

  /** Evaluates at the end of an Euler step, as stage 1; the sum is that of {@link #change}. */
  void trial(Instants instants, double h, AtomicInteger lowest) {
    new LinearCombination(h).step(state, 1, slopes, end);
    if (isFinite(end, 2, lowest)) {
      instants.derivatives(0, part, end, slopes[1]);
      isFinite(slopes[1], 3, lowest);
    }
    change();
  }

  /** Puts a derivative beyond all bounds in the place of the trial's. */
  void failTrial(double slope) {
    Arrays.fill(slopes[1], slope);
    change();
  }

  /** Sums the squares of the derivative's change over the trial step. */
  private void change() {
    for (int d = 0; d < work.length; d++) {
      work[d] = slopes[1][d] - slopes[0][d];
    }
    sums[0] = Kernels.squares(work, state, config.atol(), config.rtol());
  }

  /**
   * Tries a step; sums the squares of the error estimates.
   *
   * @param stop last stage to evaluate
   * @param h signed length of the step
   * @param lowest lowest mark of all parts
   */
  void attempt(Instants instants, int stop, double h, AtomicInteger lowest) {
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
      int instant = stage - rows.firstStage();
      if (!isFinite(finite, 2 * stage, lowest)
          || (evaluates && !evaluate(instants, instant, stage, at, slopes[stage], lowest))) {
        return;
      }
    }
    if (estimate != null) {
      for (int i = 0; i < estimate.size(); i++) {
        sums[i] = estimate.squares(i, h, slopes, state, end, config, work);
      }
    }
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
    if (kept != null && kept.isKeeping()) {
      PartLinearization linearization = instants.linearize(instant, part, at);
      kept.add(part, stage, linearization);
      linearization.derivative(slope);
    } else {
      instants.derivatives(instant, part, at, slope);
    }
    return isFinite(slope, 2 * stage + 1, lowest);
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
