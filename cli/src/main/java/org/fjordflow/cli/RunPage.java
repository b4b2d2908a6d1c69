package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.ComparisonFiles;
import org.fjordflow.cli.page.ComparisonPage;
import org.fjordflow.cli.page.ModelPage;
import org.fjordflow.cli.page.PageRows;
import org.fjordflow.cli.page.PageSource;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.FlowModel;
import org.fjordflow.report.page.PageWriter;
import org.jspecify.annotations.Nullable;

/**
 * Makes the page of a model in its folder.
 *
 * @param console where it is told
 * @param folder of the model
 */
record RunPage(Console console, RunFolder folder) {

  /** Makes the page at the end of a run, which is done whether this succeeds or not. */
  void draw(FlowModel model, @Nullable PageRows rows, List<String> missing, Path file) {
    try {
      write(model, rows, missing, file);
    } catch (FjordException e) {
      console.say("no page: %s", String.valueOf(e.getMessage()));
    }
  }

  /** Makes the page at the end of a comparison. */
  void drawComparison(double[][] shown) {
    try {
      writeComparison(shown, folder.page());
    } catch (FjordException e) {
      console.say("no page: %s", String.valueOf(e.getMessage()));
    }
  }

  /** Whether the folder holds a comparison. */
  boolean isComparison() {
    return Files.isRegularFile(folder.path().resolve(ComparisonFiles.JSON));
  }

  /**
   * Makes the page of a comparison.
   *
   * @param shown rows of data, or null where they are not at hand. Not modified.
   * @param file where to
   * @throws FjordException FILE_MISSING; FILE_DAMAGED; FILE_UNWRITABLE
   */
  void writeComparison(double @Nullable [][] shown, Path file) {
    JsonNode about = JsonConfig.read(folder.path().resolve(ComparisonFiles.JSON));
    PageWriter.write(file, ComparisonPage.of(folder.path(), about, shown));
    console.say("page: %s", file);
  }

  /**
   * Makes the page.
   *
   * @param model of the folder
   * @param rows its data, or null where they are not at hand
   * @param missing sentences about what is not at hand
   * @param file where to
   * @throws FjordException FILE_UNWRITABLE
   */
  void write(FlowModel model, @Nullable PageRows rows, List<String> missing, Path file) {
    JsonNode about = ModelFolder.describe(folder.path());
    String name = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
    PageWriter.write(
        file, ModelPage.of(new PageSource(name, about, metrics(), model, rows, missing)));
    console.say("page: %s", file);
  }

  /** The metrics of each step; null where there are none, or they cannot be read. */
  private @Nullable Table metrics() {
    try {
      return Files.exists(folder.metrics()) ? Tables.readWithGaps(folder.metrics()) : null;
    } catch (FjordException e) {
      return null;
    }
  }
}
