package org.fjordflow.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.jspecify.annotations.Nullable;

/**
 * A part of a training that has one objective.
 *
 * @param objective of the training in all
 * @param matching whether this part is trained by flow matching, else by likelihood
 * @param training how this part is trained
 * @param last whether none comes behind it
 */
public record TrainingPhase(
    TrainingObjective objective, boolean matching, TrainerConfig training, boolean last) {

  /**
   * Returns the parts of a training, in order.
   *
   * @param whole how all of it is trained
   */
  public static List<TrainingPhase> of(TrainingObjective objective, TrainerConfig whole) {
    List<TrainingPhase> phases = new ArrayList<>();
    boolean finishes = objective.finishes();
    if (objective.matches()) {
      phases.add(new TrainingPhase(objective, true, objective.first(whole), !finishes));
    }
    if (!objective.matches() || finishes) {
      TrainerConfig training = finishes ? objective.last(whole, 0) : whole;
      phases.add(new TrainingPhase(objective, false, training, true));
    }
    return phases;
  }

  /**
   * Trains one part after the other; what a part leaves of its time goes to the next one.
   *
   * @param phases at least one: all of them, or those that are left
   * @param whole how all of it is trained
   * @param each trains a part, which may have more time than it had in the list
   * @return what the last part came to that was begun: none is behind one that was stopped
   */
  public static TrainingResult run(
      List<TrainingPhase> phases,
      TrainerConfig whole,
      Function<TrainingPhase, TrainingResult> each) {
    TrainingResult result = each.apply(phases.get(0));
    for (TrainingPhase phase : phases.subList(1, phases.size())) {
      if (result.reason() == EndReason.STOPPED) {
        break;
      }
      TrainerConfig rest = phase.objective.last(whole, result.seconds());
      result = each.apply(new TrainingPhase(phase.objective, phase.matching, rest, phase.last));
    }
    return result;
  }

  /** Returns what it is called, such as {@code matching}. */
  public String name() {
    return (matching ? TrainingObjective.Kind.MATCHING : TrainingObjective.Kind.LIKELIHOOD).id();
  }

  /**
   * Prepares the training of this part.
   *
   * @param model what to train
   * @param source rows that the flow begins from, in the data's units; null for its base
   * @param batches rows of each step, in the data's units
   * @param validation rows that the best parameters are chosen by, by the part's own loss; null for
   *     none
   * @param listeners told of everything, in this order
   * @throws org.fjordflow.base.FjordException as {@link FlowModel#matching} and {@link
   *     FlowModel#training}
   */
  public FlowTraining prepare(
      FlowModel model,
      double @Nullable [][] source,
      BatchSource batches,
      @Nullable Batch validation,
      List<? extends TrainingListener> listeners) {
    if (matching && source != null) {
      return model.matching(objective.matching(), source, training, batches, validation, listeners);
    }
    return matching
        ? model.matching(objective.matching(), training, batches, validation, listeners)
        : model.training(
            training, batches, validation == null ? null : model.validation(validation), listeners);
  }
}
