package org.fjordflow.cli.page;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.report.page.Page.Fact;

/** What is said first: what was trained on which data, and how good it is. */
final class Head {

  private Head() {}

  static String title(PageSource source) {
    String data = source.about().at("/provenance/data/description").asText("");
    return "Normalizing flow of " + (data.isEmpty() ? source.name() : data);
  }

  static String subtitle(PageSource source) {
    JsonNode about = source.about();
    ImageSpec images = source.model().config().images();
    String columns = source.model().dim() == 1 ? " column" : " columns";
    String what =
        "%s flow%s of %s%s"
            .formatted(
                source.isSolved() ? "Continuous" : "Discrete",
                layers(source),
                images == null ? source.model().dim() + columns : "images of " + images.shape(),
                images != null && images.contextSize() > 0
                    ? " of %d classes".formatted(images.contextSize())
                    : source.isUnconditional()
                        ? ""
                        : " given %d others".formatted(source.model().contextSize()));
    JsonNode data = about.at("/provenance/data");
    long rows = data.path("rows").asLong(-1);
    String trained =
        rows < 0
            ? ""
            : rows == 0
                ? ", trained on fresh points"
                : ", trained on %s %s"
                    .formatted(Texts.count(rows), images == null ? "rows" : "images");
    String finished = about.at("/provenance/finished").asText("");
    String when =
        finished.length() < 16 ? "" : ", " + finished.substring(0, 16).replace('T', ' ') + " UTC";
    return what + trained + when + ".";
  }

  /** Such as " (coupling)"; of a continuous flow, what its field is. */
  private static String layers(PageSource source) {
    JsonNode field = source.about().at("/model/flow/0/field");
    if (source.isSolved() && field.has("layer") && field.path("hidden").isArray()) {
      List<String> widths = new ArrayList<>();
      field.path("hidden").forEach(width -> widths.add(width.asText()));
      return " (%s, %s)".formatted(field.path("layer").asText(), String.join("-", widths));
    }
    List<BijectionConfig> flow = source.model().config().flow();
    return flow.stream()
        .map(JsonConfig::nameOf)
        .distinct()
        .collect(Collectors.joining(", ", " (", ")"));
  }

  static List<Fact> figures(PageSource source) {
    JsonNode result = source.about().path("result");
    List<Fact> facts = new ArrayList<>();
    for (String rows : List.of("test", "validation")) {
      JsonNode bits = result.path(rows + "BitsPerDimension");
      if (bits.isNumber()) {
        facts.add(
            new Fact(
                rows + " bits per dimension (less is better)",
                Texts.measured(
                    bits.asDouble(),
                    result.path(rows + "BitsPerDimensionStandardError").asDouble(Double.NaN))));
        continue;
      }
      JsonNode loss = result.path(rows + "Nll");
      if (loss.isNumber()) {
        facts.add(
            new Fact(
                rows + " NLL, nats a row (less is better)",
                Texts.measured(
                    loss.asDouble(), result.path(rows + "NllStandardError").asDouble(Double.NaN))));
      }
    }
    add(facts, result, "testNllOfTruth", "NLL of the density itself");
    add(facts, result, "fullNormalNll", "NLL of a normal with all covariances");
    if (!result.path("fullNormalNll").isNumber()) {
      add(facts, result, "independentNormalsNll", "NLL of independent columns");
    }
    if (result.path("steps").isNumber()) {
      facts.add(
          new Fact(
              result.path("bestStep").asLong() == result.path("steps").asLong()
                  ? "steps of training"
                  : "best of " + Texts.count(result.path("steps").asLong()) + " steps of training",
              Texts.count(result.path("bestStep").asLong(result.path("steps").asLong()))));
    }
    if (result.path("seconds").isNumber()) {
      facts.add(new Fact("time of training", Texts.seconds(result.path("seconds").asDouble())));
    }
    facts.add(new Fact("parameters", Texts.count(source.model().parameters().size())));
    return facts;
  }

  private static void add(List<Fact> facts, JsonNode result, String key, String name) {
    if (result.path(key).isNumber()) {
      facts.add(new Fact(name, Texts.measured(result.path(key).asDouble(), Double.NaN)));
    }
  }
}
