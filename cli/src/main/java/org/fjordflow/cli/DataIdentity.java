package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.Sha256;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.model.images.Images;

/**
 * What a run is trained on, and which model, as its checkpoint says it, so that no other run goes
 * on with it: rows would be trained on that were to be validated and tested on. What its training
 * is set to is the checkpoint's own matter.
 *
 * @param values what tells data apart, by what it is called in messages; the first that differs is
 *     named
 */
record DataIdentity(Map<String, String> values) {

  private static final String KINDS = "kinds of columns";
  private static final String ROWS = "checksum of the values";
  private static final String ANY_ORDER = "checksum of the values in any order";
  private static final String MODEL = "model";
  private static final String SEED = "seed";

  /** Characters of a value that a message shows. */
  private static final int MOST_SHOWN = 80;

  DataIdentity {
    values = new LinkedHashMap<>(values);
  }

  /**
   * The identity of data, dealt out in a way, and of a model.
   *
   * @param config with the model as it is trained, its standardisation too
   */
  static DataIdentity of(DataSource source, RunConfig config) {
    Map<String, String> values = new LinkedHashMap<>();
    if (source instanceof DataSource.Rows rows) {
      Table table = rows.plan().data();
      Table given = rows.plan().given();
      values.put("columns", String.join(", ", table.namesOrDefault()));
      if (given != null) {
        values.put("given columns", String.join(", ", given.namesOrDefault()));
      }
      values.put(KINDS, Sha256.of(digest -> digest.update(kinds(rows))));
      values.put("number of rows", Integer.toString(table.rowCount()));
      double[][] context = given == null ? new double[table.rowCount()][0] : given.rows();
      values.put(ANY_ORDER, inAnyOrder(table.rows(), context));
      values.put(ROWS, sha256(table.rows(), given == null ? new double[0][] : context));
      values.put("data.validation", Double.toString(config.data().validation()));
      values.put("data.test", Double.toString(config.data().test()));
      if (rows.source() != null) {
        values.put("checksum of the source", sha256(rows.source().rows(), new double[0][]));
      }
    } else if (source instanceof DataSource.Pictures pictures) {
      Images images = pictures.images();
      values.put("size of images", images.shape().toString());
      values.put("number of images", Integer.toString(images.size()));
      double[][] context = images.context();
      values.put(ROWS, sha256(images.rows(), context == null ? new double[0][] : context));
      values.put("data.validation", Double.toString(config.data().validation()));
      values.put("data.test", Double.toString(config.data().test()));
    } else {
      values.put("density", source.name());
      values.put("data.validationPoints", Integer.toString(config.data().validationPoints()));
    }
    values.put(SEED, Long.toString(config.training().seed())); // of the split and the moments too
    values.put("data.noise", config.data().noise());
    String standardize = Boolean.toString(config.data().standardize());
    if (!(source instanceof DataSource.Pictures)) {
      values.put("data.standardize", standardize);
    }
    ObjectNode model = (ObjectNode) JsonConfig.tree(config.model());
    model.remove("table"); // the kinds of columns say it
    if (config.model().images() == null) {
      model.remove("images"); // earlier versions knew none
    }
    values.put(MODEL, model.toString());
    if (source instanceof DataSource.Pictures) {
      // What another model of images brings with it is told as the model.
      values.put("data.standardize", standardize);
      values.put("data.contextDropout", Double.toString(config.data().contextDropout()));
    }
    return new DataIdentity(values);
  }

  /** A sum over the rows, in which their order is lost. */
  private static String inAnyOrder(double[][] data, double[][] given) {
    long sum = 0;
    for (int i = 0; i < data.length; i++) {
      sum += mixed(31L * Arrays.hashCode(data[i]) + Arrays.hashCode(given[i]), data[i]);
    }
    return Long.toHexString(sum);
  }

  /** Spreads a row's bits over a number, as splitmix64 does. */
  private static long mixed(long start, double[] row) {
    long hash = start;
    for (double value : row) {
      hash = (hash ^ Double.doubleToLongBits(value)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  private static byte[] kinds(DataSource.Rows rows) {
    return JsonConfig.text(JsonConfig.tree(rows.plan().spec())).getBytes(StandardCharsets.UTF_8);
  }

  /** SHA-256 of the doubles, row by row, the first byte of each first. */
  private static String sha256(double[][] data, double[][] given) {
    return Sha256.of(
        digest -> {
          for (double[][] rows : List.of(data, given)) {
            for (double[] row : rows) {
              ByteBuffer bytes = ByteBuffer.allocate(row.length * Double.BYTES);
              bytes.asDoubleBuffer().put(row);
              digest.update(bytes);
            }
          }
        });
  }

  /**
   * Checks that a run is gone on with by its own data and model.
   *
   * @param earlier what its checkpoint says; nothing where it is of an earlier version
   * @param where the run's folder
   * @throws FjordException INVALID_ARGUMENT, saying what differs
   */
  void requireSame(Map<String, String> earlier, Object where) {
    if (earlier.isEmpty()) {
      return;
    }
    for (Map.Entry<String, String> value : values.entrySet()) {
      // What an earlier version did not say is not compared.
      String before = earlier.getOrDefault(value.getKey(), value.getValue());
      boolean isModel = value.getKey().equals(MODEL);
      String what = isModel || value.getKey().equals(SEED) ? value.getKey() : "data";
      if (!value.getValue().equals(before) && !value.getKey().equals(ANY_ORDER)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "--resume: the run in %s is of %s: %s; give its own %s, or another --out for a new run"
                .formatted(
                    where,
                    what.equals("data") ? "other data" : "another " + what,
                    isModel
                        ? otherModel(before, value.getValue(), where)
                        : difference(value.getKey(), before, earlier),
                    what));
      }
    }
  }

  private String difference(String name, String before, Map<String, String> earlier) {
    if (name.equals(KINDS)) {
      return "its columns stood for something else: other kinds, labels, scales or bounds";
    }
    String now = values.getOrDefault(name, "");
    if (!name.equals(ROWS)) {
      return "its %s %s %s, now %s"
          .formatted(name, name.endsWith("columns") ? "were" : "was", before, now);
    }
    String rows = values.get(ANY_ORDER);
    return rows != null && rows.equals(earlier.get(ANY_ORDER))
        ? "the rows are the same but in another order"
        : "the rows have the same size but not the same values";
  }

  private static String otherModel(String before, String now, Object where) {
    return firstDifference(
            MODEL,
            JsonConfig.parse(before, "the checkpoint in " + where),
            JsonConfig.parse(now, MODEL))
        .orElse("it is written otherwise");
  }

  /** The first value that differs, by its path. */
  private static Optional<String> firstDifference(String path, JsonNode before, JsonNode now) {
    if (before.equals(now)) {
      return Optional.empty();
    }
    boolean inside =
        before.getNodeType() == now.getNodeType()
            && before.size() == now.size()
            && before.isContainerNode();
    if (!inside) {
      return Optional.of(path + " was " + brief(before) + ", now " + brief(now));
    }
    if (before.isArray()) {
      for (int i = 0; i < before.size(); i++) {
        Optional<String> found = firstDifference(path + "." + i, before.get(i), now.get(i));
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }
    return before.properties().stream()
        .flatMap(
            entry ->
                firstDifference(
                    path + "." + entry.getKey(), entry.getValue(), now.path(entry.getKey()))
                    .stream())
        .findFirst();
  }

  private static String brief(JsonNode value) {
    String text = value.isMissingNode() ? "not there" : value.toString();
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "...";
  }
}
