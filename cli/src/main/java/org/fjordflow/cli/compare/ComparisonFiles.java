package org.fjordflow.cli.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.model.internal.JsonConfig;

/**
 * The files of a comparison's folder, each written whole after every training: {@value #JSON}, from
 * which a later run goes on, {@value #CSV} with a row for each training, and {@value #TABLE} with a
 * row for each model.
 *
 * @param folder where they are
 */
public record ComparisonFiles(Path folder) {

  /** Everything, to go on from. */
  public static final String JSON = "comparison.json";

  /** A row for each training; what is not known is an empty cell. */
  public static final String CSV = "results.csv";

  /** A row for each model. */
  public static final String TABLE = "results.md";

  /** The names of all of them. */
  public static final List<String> NAMES = List.of(JSON, CSV, TABLE);

  private static final String SETTINGS = "settings";
  private static final String RESULTS = "results";

  /**
   * Reads the results that are there.
   *
   * @param settings of the comparison that goes on
   * @throws FjordException INVALID_CONFIGURATION, naming what differs, if the folder holds a
   *     comparison with other settings; FILE_DAMAGED
   */
  List<ComparisonResult> read(ComparisonSettings settings) {
    Path file = folder.resolve(JSON);
    if (!Files.exists(file)) {
      return List.of();
    }
    ObjectNode tree = JsonConfig.read(file);
    requireSame("", tree.path(SETTINGS), reread(JsonConfig.tree(settings)));
    List<ComparisonResult> results = new ArrayList<>();
    for (JsonNode result : tree.path(RESULTS)) {
      results.add(JsonConfig.value(result, ComparisonResult.class, file.toString()));
    }
    return results;
  }

  /** As it is after being written, such as 5 for 5L. */
  private static JsonNode reread(JsonNode tree) {
    return JsonConfig.parse(JsonConfig.text(tree), SETTINGS);
  }

  private void requireSame(String path, JsonNode there, JsonNode asked) {
    for (Map.Entry<String, JsonNode> entry : asked.properties()) {
      JsonNode old = there.get(entry.getKey());
      String name = path + entry.getKey();
      if (entry.getValue().isObject() && old != null && old.isObject()) {
        requireSame(name + ".", old, entry.getValue());
      } else if (!Objects.equals(old, entry.getValue())) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "%s holds a comparison with %s = %s, not %s; give the same options, or another --out"
                .formatted(folder, name, old, entry.getValue()));
      }
    }
  }

  /**
   * Writes all files.
   *
   * @param settings of the comparison
   * @param data its rows
   * @param versions of what computes, by name
   * @param results in the order of trainings
   * @throws FjordException FILE_UNWRITABLE
   */
  void write(
      ComparisonSettings settings,
      ComparisonData data,
      Map<String, String> versions,
      List<ComparisonResult> results) {
    ObjectNode tree = JsonConfig.object();
    tree.set(SETTINGS, JsonConfig.tree(settings));
    tree.set("versions", JsonConfig.tree(versions));
    tree.set(RESULTS, JsonConfig.tree(results));
    AtomicFiles.writeText(folder.resolve(JSON), JsonConfig.text(tree));
    AtomicFiles.writeText(folder.resolve(CSV), csv(results));
    AtomicFiles.writeText(
        folder.resolve(TABLE), MarkdownTable.of(settings, data, versions, results));
  }

  private static String csv(List<ComparisonResult> results) {
    StringBuilder text =
        new StringBuilder(
            "model,seed,status,log_likelihood,standard_error,validation_log_likelihood,best_step,"
                + "steps,parameters,training_seconds,training_evaluations,score_seconds,"
                + "sample_seconds,evaluations,round_trip_error\n");
    for (ComparisonResult r : results) {
      text.append(
              String.join(
                  ",",
                  r.model(),
                  Long.toString(r.seed()),
                  r.status(),
                  number(r.logLikelihood()),
                  number(r.standardError()),
                  number(r.validation()),
                  Long.toString(r.bestStep()),
                  Long.toString(r.steps()),
                  Integer.toString(r.parameters()),
                  number(r.trainingSeconds()),
                  Long.toString(r.trainingEvaluations()),
                  number(r.scoreSeconds()),
                  number(r.sampleSeconds()),
                  Long.toString(r.evaluations()),
                  number(r.roundTripError())))
          .append('\n');
    }
    return text.toString();
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }
}
