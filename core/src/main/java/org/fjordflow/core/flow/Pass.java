package org.fjordflow.core.flow;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;

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
 */
public record Pass(
    Tape tape,
    RandomGenerator random,
    boolean training,
    boolean logDet,
    Work work,
    Penalties penalties,
    Observations observations) {

  /** A pass with penalties and observations of its own, none so far. */
  public Pass(Tape tape, RandomGenerator random, boolean training, boolean logDet, Work work) {
    this(tape, random, training, logDet, work, new Penalties(), new Observations());
  }

  /** A step of training. */
  public static Pass training(Tape tape, RandomGenerator random) {
    return new Pass(tape, random, true, true, new Work());
  }

  /** An evaluation with log-determinants. */
  public static Pass evaluation(Tape tape, RandomGenerator random) {
    return new Pass(tape, random, false, true, new Work());
  }

  /** The same pass without log-determinants. */
  public Pass withoutLogDet() {
    return new Pass(tape, random, training, false, work, penalties, observations);
  }
}
