package org.fjordflow.cli;

import java.util.HashMap;
import java.util.Map;
import org.fjordflow.core.model.internal.JsonConfig;
import org.jspecify.annotations.Nullable;

/**
 * How a run began, as its checkpoint keeps it through every resumption.
 *
 * @param started when, ISO 8601 in UTC; null where an earlier version did not say it
 * @param initial the model that it began with; null where its values were drawn
 */
record RunPast(@Nullable String started, Provenance.@Nullable Initial initial) {

  private static final String STARTED = "started";
  private static final String INITIAL = "initial";

  /**
   * The past of a run that is gone on with.
   *
   * @param about what its checkpoint says
   * @param folder of the run
   */
  static RunPast of(Map<String, String> about, RunFolder folder) {
    String started = about.get(STARTED);
    String initial = about.get(INITIAL);
    if (started == null) {
      return new RunPast(null, folder.initial());
    }
    return new RunPast(
        started,
        initial == null
            ? null
            : JsonConfig.value(
                JsonConfig.parse(initial, INITIAL), Provenance.Initial.class, INITIAL));
  }

  /** The past of a run by its provenance. */
  static RunPast of(Provenance provenance) {
    return new RunPast(provenance.started(), provenance.initial());
  }

  /** What a checkpoint is to say about it, beside other things. */
  Map<String, String> addTo(Map<String, String> others) {
    Map<String, String> about = new HashMap<>(others);
    if (started != null) {
      about.put(STARTED, started);
    }
    if (initial != null) {
      about.put(INITIAL, JsonConfig.tree(initial).toString());
    }
    return about;
  }
}
