package org.fjordflow.sparkexamples;

import java.util.SplittableRandom;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Rows of six columns that hang together, each made from its number alone. */
final class SixColumns {

  private static final int COLUMNS = 6;

  private SixColumns() {}

  static double[] row(long number) {
    SplittableRandom random = new SplittableRandom(number);
    double[] row = new double[COLUMNS];
    double common = random.nextGaussian();
    for (int j = 0; j < COLUMNS; j++) {
      row[j] = j + common * (j % 2 == 0 ? 1 : common) + 0.5 * random.nextGaussian();
    }
    return row;
  }

  static double[][] rows(int count) {
    double[][] rows = new double[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = row(i);
    }
    return rows;
  }

  /** Rows with their numbers, as columns {@code id} and {@code features}. */
  static Dataset<Row> of(SparkSession session, long count, int partitions) {
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType, false)
            .add("features", SQLDataTypes.VectorType(), false);
    return session
        .range(0, count, 1, partitions)
        .map(
            (MapFunction<Long, Row>) id -> RowFactory.create(id, Vectors.dense(row(id))),
            Encoders.row(schema));
  }
}
