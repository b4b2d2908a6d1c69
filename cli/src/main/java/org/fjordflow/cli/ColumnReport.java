package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.model.TablePlan;

/** The short table of what columns were taken for, and remarks about them. */
final class ColumnReport {

  /** More columns than these are told by what is done with them. */
  private static final int MOST_LINES = 16;

  private static final int WIDTH = 78;

  private ColumnReport() {}

  /** Says what each column was taken for, then the remarks. */
  static void say(Console console, TablePlan plan) {
    if (plan.isNamed() || plan.specOrNull() != null) {
      Map<String, String> columns = plan.columns();
      if (columns.size() <= MOST_LINES) {
        int width = columns.keySet().stream().mapToInt(String::length).max().orElse(0);
        columns.forEach(
            (name, text) -> console.say("  %-" + Math.min(width, 30) + "s  %s", name, text));
      } else {
        byTreatment(columns).forEach((text, names) -> console.say("  %s  %s", text, listed(names)));
      }
      if (plan.spec().isMixed()) {
        console.say(
            "log-densities are of a density times a probability: whole numbers, categories and"
                + " answers have probabilities");
      }
    }
    plan.remarks().forEach(text -> console.say("%s", text));
  }

  private static Map<String, List<String>> byTreatment(Map<String, String> columns) {
    Map<String, List<String>> result = new LinkedHashMap<>();
    columns.forEach(
        (name, text) -> result.computeIfAbsent(text, key -> new ArrayList<>()).add(name));
    return result;
  }

  private static String listed(List<String> names) {
    StringBuilder line = new StringBuilder(names.size() + ": ");
    int shown = 0;
    for (String name : names) {
      if (line.length() + name.length() > WIDTH - 30) {
        break;
      }
      line.append(shown++ == 0 ? "" : ", ").append(name);
    }
    return shown < names.size() ? line + " and " + (names.size() - shown) + " more" : line.toString();
  }
}
