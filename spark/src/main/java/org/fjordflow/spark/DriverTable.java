package org.fjordflow.spark;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.TableOptions;

/**
 * Rows on the driver as the library takes them.
 *
 * @param table of rows
 * @param said of its columns
 */
record DriverTable(Table table, TableOptions said) {

  /**
   * Makes a table.
   *
   * @param given names of the columns that are conditions, of columns by name
   * @param rows at least one
   */
  static DriverTable of(Inputs inputs, List<String> given, List<Row> rows) {
    return inputs.byName()
        ? new DriverTable(inputs.table(rows), TableOptions.standard().withGiven(given))
        : ofVectors(inputs, rows);
  }

  private static DriverTable ofVectors(Inputs inputs, List<Row> rows) {
    double[][] data = inputs.features(rows, 0);
    double[][] given =
        inputs.context() == null ? new double[data.length][0] : inputs.context(rows, 0);
    List<String> names = names("x", data[0].length);
    List<String> conditions = names("given", given[0].length);
    double[][] all = new double[data.length][];
    Arrays.setAll(all, i -> concat(data[i], given[i]));
    TableOptions said = TableOptions.standard().withGiven(conditions);
    List<String> columns = Stream.concat(names.stream(), conditions.stream()).toList();
    for (String name : columns) {
      said = said.withKind(name, Kind.REAL);
    }
    return new DriverTable(Table.of(columns, all), said);
  }

  private static List<String> names(String prefix, int count) {
    return IntStream.rangeClosed(1, count).mapToObj(j -> prefix + j).toList();
  }

  private static double[] concat(double[] a, double[] b) {
    double[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
