package com.example;

import java.nio.file.Path;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;

/** Fits a flow to a table, saves it, loads it and scores the table's rows. */
public final class FirstProgram {
  private FirstProgram() {}

  /** What the model said before it was saved, and what it said when it was loaded. */
  public record Scores(double[] fitted, double[] loaded) {}

  /**
   * Fits, saves, loads and scores.
   *
   * @param table a file of rows
   * @param folder where the model is saved
   */
  public static Scores run(Path table, Path folder) {
    Table rows = Table.read(table);
    double[] fitted;
    try (FlowModel model = FlowModel.fit(rows, FitOptions.builder(Recipe.NSF).steps(50).build())) {
      fitted = model.logProb(rows);
      model.save(folder);
    }
    try (FlowModel model = FlowModel.load(folder)) {
      return new Scores(fitted, model.logProb(rows));
    }
  }
}
