package org.fjordflow.report.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;
import org.fjordflow.report.page.Mark.Look;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page.Section;
import org.junit.jupiter.api.Test;

/** What people's files hold stays text, and numbers stay numbers. */
final class PageWriterTest {

  private static final String EVIL = "</script><!-- <script> & @data@ \u2028\u2029\u0007\" \\ é";

  private static Page page(double... values) {
    Mark line = new Mark.Line(EVIL, Role.DATA, values, values, Look.PLAIN);
    Chart chart = new Chart(EVIL, "", Axis.of(EVIL), Axis.of("y"), false, List.of(line));
    return new Page(EVIL, EVIL, List.of(), List.of(new Section(EVIL, "", List.of(chart))));
  }

  @Test
  void noTextEndsTheScriptThatItStandsIn() throws IOException {
    String json = PageJson.of(page(1));
    for (String bad : List.of("<", ">", "&", "\u2028", "\u2029", "\u0007")) {
      assertFalse(json.contains(bad), bad);
    }
    JsonNode read = new ObjectMapper().readTree(json);
    assertEquals(EVIL, read.path("title").asText());
    assertEquals(EVIL, read.at("/sections/0/blocks/0/marks/0/name").asText());
  }

  @Test
  void theFileHoldsEverythingOnceAndAsksForNothing() {
    String html = PageWriter.html(page(1));
    assertTrue(html.contains("<title>&lt;/script&gt;&lt;!-- &lt;script&gt; &amp; @data@"), "title");
    assertEquals(3, html.split("</script>", -1).length - 1, "scripts");
    assertTrue(html.contains("default-src 'none'"), "policy");
    assertTrue(html.length() < 1_200_000, html.length() + " characters");
  }

  @Test
  void numbersHaveFiveDigitsAndGapsAreNull() throws IOException {
    JsonNode x =
        new ObjectMapper()
            .readTree(
                PageJson.of(page(Math.PI, -1e-300, 3, Double.NaN, Double.NEGATIVE_INFINITY, 1e17)))
            .at("/sections/0/blocks/0/marks/0/x");
    assertTrue(x.get(3).isNull() && x.get(4).isNull(), x.toString());
    double[] numbers =
        StreamSupport.stream(x.spliterator(), false)
            .filter(JsonNode::isNumber)
            .mapToDouble(JsonNode::asDouble)
            .toArray();
    assertArrayEquals(new double[] {3.1416, -1e-300, 3, 1e17}, numbers);
  }
}
