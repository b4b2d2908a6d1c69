package org.fjordflow.report.page;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What a section of a page is made of. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Chart.class, name = "chart"),
  @JsonSubTypes.Type(value = Motion.class, name = "motion"),
  @JsonSubTypes.Type(value = Picture.class, name = "picture"),
  @JsonSubTypes.Type(value = Block.Text.class, name = "text"),
  @JsonSubTypes.Type(value = Block.Facts.class, name = "facts"),
  @JsonSubTypes.Type(value = Block.Grid.class, name = "grid")
})
public sealed interface Block permits Chart, Motion, Picture, Block.Text, Block.Facts, Block.Grid {

  /**
   * A paragraph.
   *
   * @param text its sentences
   */
  record Text(String text) implements Block {}

  /**
   * Names and values.
   *
   * @param title a heading, or empty
   * @param folded whether it is shown when it is asked for, as long lists are
   * @param facts in order
   */
  record Facts(String title, boolean folded, List<Page.Fact> facts) implements Block {

    /** Copies the list. */
    public Facts {
      facts = List.copyOf(facts);
    }
  }

  /**
   * A table of texts. Columns of numbers are set to the right.
   *
   * @param title a heading, or empty
   * @param header names of the columns
   * @param rows as many texts each
   */
  record Grid(String title, List<String> header, List<List<String>> rows) implements Block {

    /** Copies the lists. */
    public Grid {
      header = List.copyOf(header);
      rows = rows.stream().map(List::copyOf).toList();
    }
  }
}
