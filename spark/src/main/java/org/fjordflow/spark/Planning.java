package org.fjordflow.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StringType;
import org.fjordflow.core.train.Batch;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.TablePlan;
import org.jspecify.annotations.Nullable;

/**
 * What the driver has to know of rows that stay on executors: what their columns stand for and
 * their moments, from a part of them, and the rows to validate on. Which rows these are is decided
 * by their values.
 *
 * @param plan of the columns
 * @param sample rows to take moments and initial values of; they are trained on too
 * @param validation rows that are not, or null for none
 * @param from place of the first key that is trained on
 */
record Planning(TablePlan plan, Batch sample, @Nullable Batch validation, double from) {

  /** Rows that moments are taken of. */
  private static final double SAMPLE = 100_000;

  private static final double VALIDATION = 10_000;

  static Planning of(
      Dataset<Row> rows, long count, Inputs inputs, List<String> given, FitOptions options) {
    long seed = options.seed();
    double kept = Math.min(options.validation(), VALIDATION / count);
    double looked = kept + SAMPLE / count;
    List<Row> taken =
        new ArrayList<>(
            rows.toJavaRDD().filter(row -> RowKey.place(RowKey.of(row, seed)) < looked).collect());
    taken.sort(new RowOrder());
    List<Row> validation = new ArrayList<>();
    List<Row> all = new ArrayList<>();
    for (Row row : taken) {
      (RowKey.place(RowKey.of(row, seed)) < kept ? validation : all).add(row);
    }
    int sampled = all.size();
    all.addAll(validation);
    int both = all.size();
    for (String column : inputs.byName() ? inputs.columns() : List.<String>of()) {
      if (rows.schema().apply(column).dataType() instanceof StringType) {
        all.addAll(withOthers(rows, column, List.copyOf(all.subList(0, both))));
      }
    }
    DriverTable table = DriverTable.of(inputs, given, all);
    TablePlan plan = options.withColumns(table.said()).columns().plan(table.table());
    Batch whole = plan.batch();
    return new Planning(
        plan, whole.slice(0, sampled), both == sampled ? null : whole.slice(sampled, both), kept);
  }

  /** Rows with the texts of a column that these rows lack, so that all of them are known. */
  private static List<Row> withOthers(Dataset<Row> rows, String column, List<Row> some) {
    int at = rows.schema().fieldIndex(column);
    Set<Object> seen = new HashSet<>();
    some.forEach(row -> seen.add(row.get(at)));
    return Arrays.stream((Row[]) rows.select(column).distinct().collect())
        .map(row -> row.get(0))
        .filter(text -> !seen.contains(text))
        .sorted()
        .map(
            text -> {
              Object[] cells = new Object[rows.schema().size()];
              Arrays.setAll(cells, j -> j == at ? text : some.get(0).get(j));
              return RowFactory.create(cells);
            })
        .toList();
  }
}
