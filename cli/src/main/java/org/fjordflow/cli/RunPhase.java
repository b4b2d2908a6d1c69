package org.fjordflow.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.model.TrainingPhase;

/** What checkpoints say of the part of a run that they are of. */
final class RunPhase {

  private static final String KEY = "phase";

  private RunPhase() {}

  /** Returns the part that a checkpoint is of: the first one where it does not say. */
  static int index(List<TrainingPhase> phases, Map<String, String> about) {
    for (int i = 0; i < phases.size(); i++) {
      if (phases.get(i).name().equals(about.get(KEY))) {
        return i;
      }
    }
    return 0;
  }

  /** What a checkpoint is to say about a part, beside other things. */
  static Map<String, String> addTo(Map<String, String> others, TrainingPhase phase) {
    Map<String, String> about = new HashMap<>(others);
    about.put(KEY, phase.name());
    return about;
  }
}
