package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.TrainingObjective;

/**
 * A part of a run that is trained by one objective.
 *
 * @param name what checkpoints call it
 * @param matching whether it is trained by flow matching, else by likelihood
 * @param training how it is trained
 * @param last whether none comes behind it
 */
record RunPhase(String name, boolean matching, TrainerConfig training, boolean last) {

  private static final String KEY = "phase";

  /** Returns the parts of a run, in order. */
  static List<RunPhase> of(RunConfig config) {
    TrainingObjective objective = config.objective();
    TrainerConfig whole = config.training();
    List<RunPhase> phases = new ArrayList<>();
    if (objective.matches()) {
      phases.add(new RunPhase("matching", true, objective.first(whole), !objective.finishes()));
    }
    if (!objective.matches() || objective.finishes()) {
      TrainerConfig training = objective.finishes() ? objective.last(whole, 0) : whole;
      phases.add(new RunPhase("likelihood", false, training, true));
    }
    return phases;
  }

  /** Returns the one that a checkpoint is of: the first one where it does not say. */
  static int index(List<RunPhase> phases, Map<String, String> about) {
    for (int i = 0; i < phases.size(); i++) {
      if (phases.get(i).name.equals(about.get(KEY))) {
        return i;
      }
    }
    return 0;
  }

  /** The same with what an earlier part left of the time. */
  RunPhase behind(RunConfig config, double seconds) {
    return new RunPhase(name, matching, config.objective().last(config.training(), seconds), last);
  }

  /** What a checkpoint is to say about it, beside other things. */
  Map<String, String> addTo(Map<String, String> others) {
    Map<String, String> about = new HashMap<>(others);
    about.put(KEY, name);
    return about;
  }
}
