package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.jspecify.annotations.Nullable;

/** A column that says which rows are anomalies; cells may be missing. */
final class LabelColumn {

  /** What a normal row is called unless it is said. */
  private static final Set<String> NORMAL =
      Set.of("0", "0.0", "no", "n", "false", "normal", "inlier", "ok");

  private static final int SHOWN = 5;

  private final String name;
  private final @Nullable String normal;
  private final List<@Nullable String> cells = new ArrayList<>();

  LabelColumn(String name, @Nullable String normal) {
    this.name = name;
    this.normal = normal;
  }

  String name() {
    return name;
  }

  /** Takes the cells of the next rows. */
  void add(Table part) {
    int column = part.names().indexOf(name);
    for (int i = 0; i < part.rowCount(); i++) {
      boolean missing = Double.isNaN(part.rows()[i][column]);
      cells.add(missing ? null : part.cell(i, column).strip());
    }
  }

  /** Returns the numbers of the rows that have a label, from 0. */
  int[] labelled() {
    int[] all = new int[cells.size()];
    Arrays.setAll(all, i -> i);
    return Arrays.stream(all).filter(i -> cells.get(i) != null).toArray();
  }

  /**
   * Returns whether rows are anomalies.
   *
   * @param rows that have a label
   * @throws FjordException INVALID_ARGUMENT, naming values, if none of them or all are normal
   */
  boolean[] anomalous(int[] rows) {
    boolean[] anomalous = new boolean[rows.length];
    Set<String> normals = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    for (int k = 0; k < rows.length; k++) {
      String cell = String.valueOf(cells.get(rows[k]));
      anomalous[k] = !isNormal(cell);
      (anomalous[k] ? others : normals).add(cell);
    }
    if (normals.isEmpty() || others.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "--labels %s: %s; its values are %s. --normal VALUE says what a normal row has there"
              .formatted(
                  name,
                  normals.isEmpty() ? "no row is normal" : "every row is normal",
                  shown(normals.isEmpty() ? others : normals)));
    }
    return anomalous;
  }

  private static String shown(Set<String> values) {
    List<String> some = values.stream().limit(SHOWN).toList();
    return values.isEmpty()
        ? "all missing"
        : String.join(", ", some) + (values.size() > SHOWN ? ", ..." : "");
  }

  private boolean isNormal(String cell) {
    return normal == null
        ? NORMAL.contains(cell.toLowerCase(Locale.ROOT))
        : cell.equalsIgnoreCase(normal);
  }
}
