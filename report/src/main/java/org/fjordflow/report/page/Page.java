package org.fjordflow.report.page;

import java.util.List;

/**
 * A page. Texts are shown as they are, whatever is in them.
 *
 * @param title what is named first
 * @param subtitle a sentence below it
 * @param figures the few numbers that matter most
 * @param sections in order
 */
public record Page(String title, String subtitle, List<Fact> figures, List<Section> sections) {

  /** Copies the lists. */
  public Page {
    figures = List.copyOf(figures);
    sections = List.copyOf(sections);
  }

  /**
   * A value with its name.
   *
   * @param name what it is
   * @param value as it is to be read
   */
  public record Fact(String name, String value) {}

  /**
   * A part of a page.
   *
   * @param title its heading
   * @param note what is to be known to read it, or empty
   * @param blocks in order
   */
  public record Section(String title, String note, List<Block> blocks) {

    /** Copies the list. */
    public Section {
      blocks = List.copyOf(blocks);
    }
  }
}
