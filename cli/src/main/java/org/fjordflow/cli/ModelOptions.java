package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
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

  /** Returns a location of a table and the model's files: what must not be written over. */
  List<Path> inputs(@Nullable String location) {
    List<Path> files = new ArrayList<>();
    if (location != null && !TableFiles.isStream(location)) {
      files.add(DataSource.path(location));
    }
    files.add(folder.resolve(ModelFolder.CONFIG));
    files.add(folder.resolve(ModelFolder.PARAMETERS));
    return files;
  }

  /**
   * Loads the model; a continuous one solved as the command line says. It is not going to be
   * differentiated.
   *
   * @param change what else to change of how a continuous flow is solved
   * @throws FjordException INVALID_ARGUMENT for options of a solver with a discrete flow
   */
  FlowModel load(UnaryOperator<SolveSettings> change) {
    FlowSpec spec = FlowSpec.of(ModelFolder.config(folder));
    if (spec.continuous().isEmpty()) {
      solver.refuse(folder.toString());
    }
    FlowModel model =
        FlowModel.load(
            folder,
            saved -> saved.withSolve(solve -> change.apply(evaluating(solve))),
            solver.threads());
    return chunkRows == null ? model : model.withChunkRows(chunkRows);
  }

  private SolveSettings evaluating(SolveSettings solve) {
    return solve.withEvaluationSolver(solver.change().applyTo(solve.evaluation().solver()));
  }

  /** Picks a model's columns: by name where the names of both are known, else all in order. */
  static double[][] select(Table table, String location, List<String> names, int dim) {
    return numbers(
        table, location, choose(table.names(), table.columns(), Set.of(), location, names, dim));
  }

  /** Returns rows of some columns of a table, which have to be numbers. */
  static double[][] numbers(Table table, String location, int[] columns) {
    for (int column : columns) {
      if (!table.isNumber(column)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%s: column %d%s holds text; the model has numbers there"
                .formatted(
                    location,
                    column + 1,
                    table.names().isEmpty() ? "" : " ('" + table.names().get(column) + "')"));
      }
    }
    boolean all = Arrays.equals(columns, IntStream.range(0, table.columns()).toArray());
    return all ? table.rows() : table.selectColumns(columns).rows();
  }

  /**
   * Checks that a file has columns of a model, where both have names.
   *
   * @param present names of the file's columns, or none
   * @param names of the model's, or none
   * @throws FjordException SHAPE_MISMATCH, naming one that is not there, or there twice
   */
  static void requireThere(List<String> present, String location, List<String> names) {
    for (String name : present.isEmpty() ? List.<String>of() : names) {
      if (!present.contains(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%s has no column '%s'%s; the model has %s, the file %s. A file without a header is taken in order"
                .formatted(location, name, Suggestions.guess(name, present), names, present));
      }
      if (present.indexOf(name) != present.lastIndexOf(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%s has two columns named '%s'; give the one that is meant alone this name"
                .formatted(location, name));
      }
    }
  }

  /**
   * Finds a model's columns in a file.
   *
   * @param present names of the file's columns, or none
   * @param count of the file's columns
   * @param others names of columns that are not the model's, where it has no names
   */
  static int[] choose(
      List<String> present,
      int count,
      Set<String> others,
      String location,
      List<String> names,
      int dim) {
    if (!names.isEmpty() && !present.isEmpty()) {
      requireThere(present, location, names);
      return names.stream().mapToInt(present::indexOf).toArray();
    }
    int[] left =
        IntStream.range(0, count)
            .filter(j -> present.isEmpty() || !others.contains(present.get(j)))
            .toArray();
    if (left.length != dim) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          location + " has " + left.length + " columns; the model has " + dim);
    }
    return left;
  }
}
