package org.fjordflow.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.internal.JsonConfig;

/**
 * What a run is trained on, as its checkpoint says it, so that no other run goes on with it: rows
 * would be trained on that were to be validated and tested on.
 *
 * @param values what tells data apart, by what it is called in messages; the first that differs is
 *     named
 */
record DataIdentity(Map<String, String> values) {

  private static final String KINDS = "kinds of columns";
  private static final String ROWS = "checksum of the values";

  DataIdentity {
    values = new LinkedHashMap<>(values);
  }

  /** The identity of data, dealt out in a way. */
  static DataIdentity of(DataSource source, RunConfig config) {
    Map<String, String> values = new LinkedHashMap<>();
    if (source instanceof DataSource.Rows rows) {
      Table table = rows.plan().data();
      Table given = rows.plan().given();
      values.put("columns", String.join(", ", table.namesOrDefault()));
      if (given != null) {
        values.put("given columns", String.join(", ", given.namesOrDefault()));
      }
      values.put(KINDS, sha256(digest -> digest.update(kinds(rows))));
      values.put("number of rows", Integer.toString(table.rowCount()));
      values.put(ROWS, sha256(table.rows(), given == null ? new double[0][] : given.rows()));
      values.put("data.validation", Double.toString(config.data().validation()));
      values.put("data.test", Double.toString(config.data().test()));
    } else {
      values.put("density", source.name());
    }
    return new DataIdentity(values);
  }

  private static byte[] kinds(DataSource.Rows rows) {
    return JsonConfig.text(JsonConfig.tree(rows.plan().spec())).getBytes(StandardCharsets.UTF_8);
  }

  /** SHA-256 of the doubles, row by row, the first byte of each first. */
  private static String sha256(double[][] data, double[][] given) {
    return sha256(
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

  private static String sha256(Consumer<MessageDigest> content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      content.accept(digest);
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "this Java has no SHA-256", e);
    }
  }

  /**
   * Checks that a run is gone on with by its own data.
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
      if (!value.getValue().equals(before)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "--resume: the run in %s is of other data: %s; give its own data, or another --out for a new run"
                .formatted(where, difference(value.getKey(), before, value.getValue())));
      }
    }
  }

  private static String difference(String name, String before, String now) {
    if (name.equals(KINDS)) {
      return "its columns stood for something else: other kinds, labels, scales or bounds";
    }
    return name.equals(ROWS)
        ? "the rows have the same size but not the same values"
        : "its %s %s %s, now %s".formatted(name, verb(name), before, now);
  }

  private static String verb(String name) {
    return name.endsWith("columns") ? "were" : "was";
  }
}
