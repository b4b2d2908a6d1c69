package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.models.Chunks;
import org.fjordflow.cli.models.Models;
import org.fjordflow.cnf.ContinuousModel;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.ode.SolverConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that uses a saved model. */
final class ModelOptions {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "the model: a folder that fjord train or fjord import wrote")
  private Path folder;

  @Mixin private SolverOptions solver;

  @Option(
      names = "--chunk-rows",
      paramLabel = "N",
      description = "rows computed at once, which bounds memory (default: by the model's size)")
  private @Nullable Integer chunkRows;

  /** Returns the model's folder. */
  Path folder() {
    return folder;
  }

  /**
   * Loads the model; a continuous one solved as the command line says. It is not going to be
   * differentiated.
   *
   * @param change what else to change of how a continuous flow is solved
   * @throws FjordException INVALID_ARGUMENT for options of a solver with a discrete flow
   */
  Model load(UnaryOperator<SolveSettings> change) {
    ModelSpec config = ModelFolder.config(folder);
    if (config instanceof ModelConfig continuous) {
      SolveSettings solve = continuous.solve();
      SolverConfig evaluating = solver.change().applyTo(solve.evaluation().solver());
      config = continuous.withSolve(change.apply(solve.withEvaluationSolver(evaluating)));
    } else {
      solver.refuse(folder.toString());
    }
    if (config.context() != 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          folder
              + " is conditional on a context; the command handles flows without, use the library");
    }
    return Models.load(folder, config, solver.threads());
  }

  /** Returns the flow in chunks as the command line says. */
  Flow flow(Model model) {
    return model.flow().withChunkRows(chunkRows == null ? Chunks.rows(model) : chunkRows);
  }

  /** Returns the flow evaluated with a divergence, in chunks as the command line says. */
  Flow flow(ContinuousModel model, Divergence divergence) {
    int rows = chunkRows == null ? Chunks.rows(model.config(), divergence) : chunkRows;
    return model.withEvaluationDivergence(divergence).flow().withChunkRows(rows);
  }

  /** Reads the rows that the model is to be applied to, as {@link #select} picks them. */
  double[][] read(String location, ModelSpec config) {
    return select(Tables.read(location), location, names(folder), config.dim());
  }

  /**
   * Picks a model's columns: by name where the names of both are known and all are there, else all
   * in order.
   */
  static double[][] select(Table table, String location, List<String> names, int dim) {
    if (!names.isEmpty() && table.names().containsAll(names)) {
      int[] columns = names.stream().mapToInt(table.names()::indexOf).toArray();
      return table.selectColumns(columns).rows();
    }
    if (table.columns() != dim) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          location + " has " + table.columns() + " columns; the model has " + dim);
    }
    return table.rows();
  }

  /**
   * Returns the names of the columns that a model was trained on; none where they are not known.
   */
  static List<String> names(Path folder) {
    List<String> names = new ArrayList<>();
    JsonNode columns = ModelFolder.describe(folder).path("columns");
    columns.forEach(name -> names.add(name.asText()));
    return names;
  }
}
