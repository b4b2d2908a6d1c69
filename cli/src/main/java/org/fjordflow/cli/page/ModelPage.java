package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.fjordflow.base.FjordException;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Page;
import org.fjordflow.report.page.Page.Section;

/** The page of a model. */
public final class ModelPage {

  private record Part(String title, Function<PageSource, List<Section>> sections) {}

  private static final List<Part> PARTS =
      List.of(
          new Part("Training", TrainingPart::of),
          new Part("Images", ImagesPart::of),
          new Part("Density and samples", PlanePart::of),
          new Part("Columns", ColumnsPart::of),
          new Part("Calibration", CalibrationPart::of),
          new Part("Solver", SolverPart::of),
          new Part("Configuration", ConfigurationPart::of));

  private ModelPage() {}

  /**
   * Makes the page of a model. What cannot be computed is told in its place.
   *
   * @param source what it is made of. Not modified.
   */
  public static Page of(PageSource source) {
    List<Section> sections = new ArrayList<>();
    if (!source.missing().isEmpty()) {
      sections.add(
          new Section(
              "What is missing",
              "",
              source.missing().stream().map(text -> (Block) new Block.Text(text)).toList()));
    }
    for (Part part : PARTS) {
      try {
        sections.addAll(part.sections().apply(source));
      } catch (FjordException e) {
        sections.add(
            new Section(part.title(), "", List.of(new Block.Text("Not drawn: " + e.getMessage()))));
      }
    }
    return new Page(Head.title(source), Head.subtitle(source), Head.figures(source), sections);
  }
}
