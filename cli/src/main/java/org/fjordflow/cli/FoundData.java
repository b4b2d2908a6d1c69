package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.fjordflow.cli.compare.ComparisonFiles;
import org.fjordflow.cli.page.PageRows;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TablePlan;
import org.fjordflow.model.TableSpec;
import org.jspecify.annotations.Nullable;

/**
 * The data of a saved model, found again.
 *
 * @param rows null where they are not at hand
 * @param missing sentences about what is not at hand
 */
record FoundData(@Nullable PageRows rows, List<String> missing) {

  private static final int SHOWN = 5_000;

  /**
   * Looks for data: what is given, else a known density, else a file with the name and the checksum
   * that the folder knows, here or beside the folder.
   *
   * @param folder of the model
   * @param about what its configuration says
   * @param model of the folder
   * @param given name or file, or null
   * @param reading how files of text are read
   * @throws FjordException as files are read, for data that are given
   */
  static FoundData of(
      Path folder,
      JsonNode about,
      FlowModel model,
      @Nullable String given,
      ReadingOptions reading) {
    String name = about.at("/provenance/data/description").asText("");
    if (given != null) {
      return read(given, about, model, reading);
    }
    String found = find(folder, name, about.at("/provenance/data/sha256").asText(""));
    if (found == null) {
      return new FoundData(
          null,
          List.of(
              name.isEmpty()
                  ? "The folder does not say what the model was trained on, so there are no data beside the samples: fjord report DIR --data FILE adds them."
                  : "The data, %s, are not at hand: there is no such file here or beside the folder, or it is not the same any more. fjord report DIR --data FILE adds them."
                      .formatted(name)));
    }
    try {
      return read(found, about, model, reading);
    } catch (FjordException e) {
      return new FoundData(null, List.of("The data could not be used: " + e.getMessage()));
    }
  }

  /**
   * Rows of a density that models were compared on; null for those of a file, which were prepared
   * by the options of the comparison.
   */
  static double @Nullable [][] ofComparison(Path folder) {
    JsonNode about = JsonConfig.read(folder.resolve(ComparisonFiles.JSON));
    return ToyDensity.find(about.at("/settings/data/description").asText(""))
        .map(density -> density.sample(SHOWN, new RandomStreams(0).generator(Purpose.TEST, 2)))
        .orElse(null);
  }

  private static @Nullable String find(Path folder, String name, String sha256) {
    if (name.isEmpty() || ToyDensity.find(name).isPresent()) {
      return name.isEmpty() ? null : name;
    }
    return Stream.of(Path.of(name), folder.resolve(name), folder.resolveSibling(name))
        .filter(file -> Files.isRegularFile(file) && sha256.equals(sum(file)))
        .map(Path::toString)
        .findFirst()
        .orElse(null);
  }

  private static @Nullable String sum(Path file) {
    return Provenance.Data.file(file, 0, 0).sha256();
  }

  private static FoundData read(
      String location, JsonNode about, FlowModel model, ReadingOptions reading) {
    DataSource source =
        DataSource.of(
            location,
            file ->
                TablePlan.like(
                    complete(reading.read(file, model), model),
                    model.config(),
                    model.columns(),
                    model.contextColumns()));
    JsonNode origin = about.at("/provenance/data");
    boolean same =
        source instanceof DataSource.Rows
            ? origin.path("sha256").asText("").equals(sum(DataSource.path(location)))
            : origin.path("description").asText("").equals(source.name());
    if (same && about.path("data").isObject()) {
      DataConfig config =
          JsonConfig.value(about.path("data"), DataConfig.class, "the folder's configuration");
      boolean validates = about.at("/training/validationInterval").asLong(0) > 0;
      RandomStreams streams = new RandomStreams(about.at("/provenance/seed").asLong(0));
      return new FoundData(
          TrainingData.prepare(source, config, validates, streams).pageRows(), List.of());
    }
    return new FoundData(
        all(source),
        List.of(
            "The data shown are all rows of %s, which are not known to be those that the model was trained on."
                .formatted(location)));
  }

  private static PageRows all(DataSource source) {
    if (source instanceof DataSource.Rows rows) {
      Batch batch = rows.plan().batch();
      return new PageRows(batch, batch);
    }
    return TrainingData.prepare(source, DataConfig.standard(true), true, new RandomStreams(0))
        .pageRows();
  }

  /** Leaves out rows with missing cells, as training did, but where the model takes them. */
  private static Table complete(Table table, FlowModel model) {
    if (model.columns().isEmpty() || table.names().isEmpty()) {
      return table;
    }
    Set<String> needed = new HashSet<>(model.columns());
    needed.addAll(model.contextColumns());
    TableSpec spec = model.config().table();
    if (spec != null) {
      spec.given().stream().filter(ColumnSpec::gaps).map(ColumnSpec::name).forEach(needed::remove);
    }
    int[] columns =
        IntStream.range(0, table.columns())
            .filter(j -> needed.contains(table.names().get(j)))
            .toArray();
    double[][] rows = table.rows();
    int[] kept =
        IntStream.range(0, rows.length)
            .filter(i -> Arrays.stream(columns).noneMatch(j -> Double.isNaN(rows[i][j])))
            .toArray();
    return kept.length == rows.length ? table : table.selectRows(kept);
  }
}
