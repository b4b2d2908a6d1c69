package org.fjordflow.model;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Pass.Failures;
import org.jspecify.annotations.Nullable;

/** Turns the cells of another table's column into those of the model's column of that name. */
final class Recoding {

  /** A value that no column of categories has. */
  private static final double UNKNOWN = -1;

  private final double @Nullable [] codes;
  private final List<String> labels;
  private final @Nullable ColumnSpec refusing;

  private Recoding(double @Nullable [] codes, List<String> labels, @Nullable ColumnSpec refusing) {
    this.codes = codes;
    this.labels = labels;
    this.refusing = refusing;
  }

  /**
   * Returns the change for a column.
   *
   * @param spec of the model's column, or null for a real number
   * @param type of the table's column
   * @param name of it, for messages
   * @param given whether it is a context, whose unknown labels are errors
   * @throws FjordException INVALID_ARGUMENT if the column is of another kind
   */
  static Recoding of(@Nullable ColumnSpec spec, Table.Type type, String name, boolean given) {
    boolean text = spec != null && !spec.labels().isEmpty();
    boolean time = spec != null && spec.pattern() != null;
    if (type instanceof Table.Type.Labels own) {
      if (spec == null || !text) {
        throw otherKind(
            name,
            time ? "times" : "numbers",
            own.labels().isEmpty() ? "text" : "text, such as '" + own.labels().get(0) + "'");
      }
      double[] codes = own.labels().stream().mapToDouble(label -> code(spec, label)).toArray();
      return new Recoding(codes, own.labels(), given ? spec : null);
    }
    if (spec != null && text) {
      throw otherKind(
          name,
          "text, such as '" + spec.labels().get(0) + "'",
          type instanceof Table.Type.Time ? "times" : "numbers");
    }
    if (type instanceof Table.Type.Time && !time) {
      throw otherKind(name, "numbers", "times");
    }
    return new Recoding(null, List.of(), null);
  }

  private static double code(ColumnSpec spec, String label) {
    int index = spec.labels().indexOf(label);
    return index < 0 ? UNKNOWN : index;
  }

  private static FjordException otherKind(String name, String trained, String given) {
    return new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "column '%s' is of another kind: the model was trained on %s there, these are %s"
            .formatted(name, trained, given));
  }

  /**
   * Changes a column of rows in place.
   *
   * @param failures takes rows with labels that are refused, or null where such a row is an error
   */
  void apply(double[][] rows, int column, @Nullable Failures failures) {
    double[] known = codes;
    if (known == null) {
      return;
    }
    for (int i = 0; i < rows.length; i++) {
      double code = rows[i][column];
      if (!Double.isNaN(code)) {
        rows[i][column] = known[(int) code];
        if (refusing != null && rows[i][column] == UNKNOWN) {
          FjordException wrong =
              new FjordException(
                  ErrorKey.INVALID_ARGUMENT,
                  "column '%s' is '%s'; the model knows %s there"
                      .formatted(refusing.name(), labels.get((int) code), refusing.labels()));
          if (failures == null) {
            throw Units.inRow(i + 1L, wrong);
          }
          failures.add(Units.refused(i, wrong));
        }
      }
    }
  }

  /** The type of a column of samples. */
  static Table.Type type(ColumnSpec spec) {
    if (!spec.labels().isEmpty()) {
      return new Table.Type.Labels(spec.labels());
    }
    String pattern = spec.pattern();
    if (pattern != null) {
      return new Table.Type.Time(pattern);
    }
    boolean whole =
        spec.values().isEmpty()
            ? spec.isDiscrete()
            : spec.values().stream().allMatch(value -> value == Math.rint(value));
    return whole ? Table.Type.WHOLE : Table.Type.NUMBER;
  }
}
