package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.model.FlowModel;
import org.jspecify.annotations.Nullable;

/**
 * Where the values of a row are: a column of vectors, with one of conditions beside it, or columns
 * of their own by name.
 *
 * @param features name of the column of vectors
 * @param context name of the column of conditions, or null
 * @param columns names of columns, which are taken in place of these two where there are any
 * @param schema of the rows: those that Spark hands from one function to the next have none
 */
record Inputs(String features, @Nullable String context, List<String> columns, StructType schema)
    implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  Inputs {
    columns = new ArrayList<>(columns);
  }

  boolean byName() {
    return !columns.isEmpty();
  }

  /** Returns the names of all columns that are read. */
  List<String> names() {
    return byName() ? columns : context == null ? List.of(features) : List.of(features, context);
  }

  /**
   * Checks that the columns are there and of a type that can be read.
   *
   * @return these inputs
   * @throws FjordException SHAPE_MISMATCH or TYPE_MISMATCH, naming the column
   */
  Inputs requireSound() {
    for (String name : names()) {
      if (!Arrays.asList(schema.fieldNames()).contains(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "no column '%s'; there are %s".formatted(name, Arrays.toString(schema.fieldNames())));
      }
      DataType type = schema.apply(name).dataType();
      boolean fits =
          byName()
              ? type instanceof NumericType
                  || type instanceof BooleanType
                  || type instanceof StringType
              : type.equals(SQLDataTypes.VectorType());
      if (!fits) {
        throw new FjordException(
            ErrorKey.TYPE_MISMATCH,
            "column '%s' is of type %s; expected %s"
                .formatted(
                    name,
                    type.simpleString(),
                    byName() ? "numbers, texts or booleans" : "vectors, as VectorAssembler makes"));
      }
    }
    return this;
  }

  /** The values of a column of vectors, NaN where it is null. */
  private static double[] vector(Row row, int column, int size) {
    if (!(row.get(column) instanceof Vector vector)) {
      double[] none = new double[size];
      Arrays.fill(none, Double.NaN);
      return none;
    }
    return vector.toArray();
  }

  double[][] features(List<Row> rows, int size) {
    int at = schema.fieldIndex(features);
    return rows.stream().map(row -> vector(row, at, size)).toArray(double[][]::new);
  }

  double[][] context(List<Row> rows, int size) {
    String column = context;
    if (column == null) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the model has %d conditions a row; name their column by setContextCol".formatted(size));
    }
    int at = schema.fieldIndex(column);
    return rows.stream().map(row -> vector(row, at, size)).toArray(double[][]::new);
  }

  /** Rows as a model has their cells. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Prepared(double[][] data, Context context) {}

  /**
   * Brings rows to a model.
   *
   * @param failures takes rows with texts in conditions that the model does not know. Modified.
   */
  Prepared prepared(FlowModel flow, List<Row> rows, Failures failures) {
    if (byName()) {
      Table table = table(rows);
      return new Prepared(flow.data(table), flow.context(table, failures));
    }
    int given = flow.contextSize();
    return new Prepared(
        features(rows, flow.dim()), given == 0 ? Context.none() : Context.of(context(rows, given)));
  }

  /**
   * The rows as a table, for what takes one: columns by name, else without names in the model's
   * order.
   */
  Table whole(FlowModel flow, List<Row> rows) {
    if (byName()) {
      return table(rows);
    }
    Prepared prepared = prepared(flow, rows, new Failures());
    double[][] both = new double[rows.size()][];
    for (int i = 0; i < both.length; i++) {
      double[] given = flow.contextSize() == 0 ? new double[0] : prepared.context().row(i);
      both[i] = Arrays.copyOf(prepared.data()[i], prepared.data()[i].length + given.length);
      System.arraycopy(given, 0, both[i], prepared.data()[i].length, given.length);
    }
    return Table.of(both);
  }

  /** The columns by name: texts become labels, null becomes NaN. */
  Table table(List<Row> rows) {
    double[][] cells = new double[rows.size()][columns.size()];
    List<Table.Type> types = new ArrayList<>();
    for (int j = 0; j < columns.size(); j++) {
      int at = schema.fieldIndex(columns.get(j));
      Map<String, Integer> labels = new LinkedHashMap<>();
      for (int i = 0; i < cells.length; i++) {
        Object value = rows.get(i).get(at);
        cells[i][j] = value == null ? Double.NaN : number(value, labels);
      }
      // A batch may lack all texts of a column.
      types.add(
          schema.apply(at).dataType() instanceof StringType
              ? new Table.Type.Labels(new ArrayList<>(labels.keySet()))
              : Table.Type.NUMBER);
    }
    return Table.of(columns, types, cells);
  }

  private static double number(Object value, Map<String, Integer> labels) {
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    if (value instanceof Boolean yes) {
      return yes ? 1 : 0;
    }
    String text = value.toString();
    return text.isBlank() ? Double.NaN : labels.computeIfAbsent(text, any -> labels.size());
  }
}
