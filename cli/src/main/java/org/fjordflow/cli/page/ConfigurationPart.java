package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Page.Fact;
import org.fjordflow.report.page.Page.Section;

/** All that was asked for, where it comes from, and the versions of what computed. */
final class ConfigurationPart {

  private static final List<String> KEYS = List.of("result", "training", "data", "model");

  private ConfigurationPart() {}

  static List<Section> of(PageSource source) {
    JsonNode about = source.about();
    List<Fact> origin = Texts.facts(about.path("provenance"));
    origin.removeIf(fact -> fact.name().startsWith("configuration."));
    origin.replaceAll(
        fact ->
            new Fact(
                fact.name(), fact.value().replaceFirst("(T\\d\\d:\\d\\d:\\d\\d)\\.\\d+Z$", "$1Z")));
    List<Block> blocks = new ArrayList<>();
    add(blocks, "Provenance", false, origin);
    add(blocks, "Versions", false, Texts.facts(about.path("versions")));
    for (String key : KEYS) {
      add(blocks, key, true, Texts.facts(about.path(key)));
    }
    return List.of(new Section("Configuration and versions", "", blocks));
  }

  private static void add(List<Block> blocks, String title, boolean folded, List<Fact> facts) {
    if (!facts.isEmpty()) {
      blocks.add(new Block.Facts(title, folded, facts));
    }
  }
}
