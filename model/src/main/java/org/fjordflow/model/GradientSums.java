package org.fjordflow.model;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;

/**
 * Sums of losses and gradients over some of a step's rows, for trainings whose rows are in many
 * places: what all of them sum up to, divided by the number of rows, is the step's loss and
 * gradient. Rows that are summed in one call are solved together where a flow is continuous, so
 * that a training is repeated exactly where the same rows come in the same calls.
 *
 * <p>Any number of threads may sum at once, and get the same bits as one alone.
 */
public final class GradientSums {

  /** What one thread at a time works in. */
  private record Workplace(Tape tape, Gradients sums) {}

  private final Weights weights;
  private final Evaluation evaluation;
  private final Objective objective;
  private final RandomStreams streams;
  private final Deque<Workplace> idle = new ConcurrentLinkedDeque<>();
  private long step;

  GradientSums(Weights weights, Evaluation evaluation, long seed) {
    this.weights = weights;
    this.evaluation = evaluation;
    this.objective = evaluation.learning().objective();
    this.streams = new RandomStreams(seed);
  }

  /**
   * Gives the model the parameters of a step, unless it has them. Waits for what is summing.
   *
   * @param next the step, from 1, no earlier than the last one
   * @param values one a parameter. Not modified.
   * @throws FjordException INVALID_ARGUMENT for an earlier step; SHAPE_MISMATCH; CLOSED
   */
  public void advance(long next, double[] values) {
    if (weights.reading(() -> step) == next) {
      return;
    }
    weights.writing(
        () -> {
          if (next > step) {
            weights.parameters().set(values);
            step = next;
          }
          return null;
        });
    weights.reading(
        () -> {
          requireStep(next);
          return null;
        });
  }

  private void requireStep(long wanted) {
    if (step != wanted) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "gradients of step %d are asked for, but the parameters are those of step %d"
              .formatted(wanted, step));
    }
  }

  /**
   * Checks that rows can be trained on.
   *
   * @param rows in the data's units, with the flow's context. Not modified.
   * @throws FjordException SHAPE_MISMATCH, NON_FINITE or INVALID_ARGUMENT, naming row and column
   */
  public void require(Batch rows) {
    evaluation.learning().requireKnown(rows);
  }

  /**
   * Adds the gradient of the sum of losses.
   *
   * @param at the step that {@link #advance} was told
   * @param rows in the data's units, with the flow's context. Not modified.
   * @param draws what tells these rows of this step from all others of the training, by which
   *     probes are drawn, and where whole numbers are put
   * @param gradient as many values as parameters. Modified: added to
   * @return the sum of losses, in nats in the data's units
   * @throws FjordException INVALID_ARGUMENT if the parameters are of another step; NON_FINITE or
   *     SOLVE_FAILED where the loss cannot be computed; UNSUPPORTED for flows that keep moments of
   *     whole batches; SHAPE_MISMATCH; CLOSED
   */
  public double add(long at, Batch rows, long draws, double[] gradient) {
    return weights.reading(
        () -> {
          requireStep(at);
          Workplace found = idle.poll();
          Workplace own = found == null ? workplace() : found;
          own.tape.reset();
          own.sums.clear();
          double loss = add(own, rows, draws, gradient);
          // One that failed half way is left to the collector.
          idle.push(own);
          return loss;
        });
  }

  private Workplace workplace() {
    Workplace made =
        new Workplace(Tape.recording(weights.backend()), new Gradients(weights.backend()));
    made.tape.gatherIn(made.sums);
    return made;
  }

  private double add(Workplace own, Batch rows, long draws, double[] gradient) {
    Backend backend = weights.backend();
    Tape tape = own.tape;
    Pass pass = Pass.training(tape, streams.generator(Purpose.PROBES, draws));
    Var loss = objective.loss(pass, evaluation.learning().toModel(rows, draws, streams));
    if (!pass.observations().isEmpty()) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "this flow keeps moments of whole batches, which are in many places here; train it in one place, or without them");
    }
    Matrix size = tape.take(1, 1);
    backend.fill(rows.size(), size);
    tape.seed(loss, size);
    tape.reverse();
    tape.accumulate(1);
    for (Parameters.Entry entry : weights.parameters().entries()) {
      double[] part = Elements.of(backend, own.sums.of(entry.parameter()));
      for (int i = 0; i < part.length; i++) {
        gradient[entry.offset() + i] += part[i];
      }
    }
    return rows.size() * Elements.of(backend, loss.value())[0];
  }
}
