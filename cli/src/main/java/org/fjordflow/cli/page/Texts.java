package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.fjordflow.report.page.Page.Fact;

/** Numbers and configurations as people read them. */
final class Texts {

  private Texts() {}

  /** A number with about four digits; a dash for one that is not finite. */
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e9) {
      return count((long) value);
    }
    if (size >= 1e6 || size < 1e-3) {
      return String.format(Locale.ROOT, "%.2e", value)
          .replaceFirst("\\.?0+e", "e")
          .replaceFirst("e([-+])0+(?=\\d)", "e$1")
          .replace("e+", "e");
    }
    int digits = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  /** A share in percent. */
  static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.1f %%", 100 * share) : "–";
  }

  /** A whole number with marks between thousands. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** A mean with its standard error, to the error's digits. */
  static String measured(double mean, double error) {
    if (!Double.isFinite(error) || error <= 0) {
      return fixed(mean, 3);
    }
    int digits = Math.max(0, Math.min(6, 1 - (int) Math.floor(Math.log10(error))));
    return fixed(mean, digits) + " ± " + fixed(error, digits);
  }

  private static String fixed(double value, int digits) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + digits + "f", value) : "–";
  }

  /** A duration. */
  static String seconds(double seconds) {
    if (seconds < 100) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    long minutes = (long) seconds / 60;
    return minutes < 100
        ? String.format(Locale.ROOT, "%d min %02d s", minutes, (long) seconds % 60)
        : String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
  }

  /** All values of a tree, each by its path. */
  static List<Fact> facts(JsonNode tree) {
    List<Fact> facts = new ArrayList<>();
    collect(tree, "", facts);
    return facts;
  }

  private static void collect(JsonNode node, String path, List<Fact> facts) {
    boolean nested = node.isArray() && node.path(0).isObject();
    if (node.isObject()) {
      for (Map.Entry<String, JsonNode> entry : node.properties()) {
        collect(
            entry.getValue(), path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(), facts);
      }
    } else if (nested) {
      for (int i = 0; i < node.size(); i++) {
        collect(node.get(i), path + "." + (i + 1), facts);
      }
    } else if (!node.isNull() && !node.isMissingNode() && !(node.isArray() && node.isEmpty())) {
      facts.add(new Fact(path, value(node)));
    }
  }

  private static String value(JsonNode node) {
    if (!node.isArray()) {
      return node.asText();
    }
    List<String> all = new ArrayList<>();
    node.forEach(element -> all.add(element.isValueNode() ? element.asText() : element.toString()));
    return all.size() > 24
        ? String.join(", ", all.subList(0, 24)) + ", … (" + all.size() + ")"
        : String.join(", ", all);
  }
}
