package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;

/**
 * Draws a block of samples, each block from a generator of its own: what is drawn does not depend
 * on partitions.
 *
 * @param model shared by the tasks of an executor
 * @param rows in all
 * @param seed of all blocks
 */
record Sampling(Broadcast<SparkModel> model, long rows, long seed)
    implements FlatMapFunction<Long, Row>, Serializable {
  @Serial private static final long serialVersionUID = 1;

  static final int BLOCK = 4_096;

  @Override
  public Iterator<Row> call(Long block) {
    FlowModel flow = model.value().model();
    int count = (int) Math.min(BLOCK, rows - block * BLOCK);
    Table drawn =
        flow.table(
            flow.sample(
                count, Context.none(), new RandomStreams(seed).generator(Purpose.SAMPLES, block)));
    List<Row> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      Object[] cells = new Object[drawn.columns()];
      for (int j = 0; j < cells.length; j++) {
        cells[j] = isText(drawn.type(j)) ? drawn.cell(i, j) : (Object) drawn.rows()[i][j];
      }
      all.add(RowFactory.create(cells));
    }
    return all.iterator();
  }

  private static boolean isText(Table.Type type) {
    return type instanceof Table.Type.Labels || type instanceof Table.Type.Time;
  }

  /** The columns of what is drawn. */
  static StructType schema(FlowModel flow) {
    Table none = flow.table(new double[0][flow.dim()]);
    List<StructField> fields = new ArrayList<>();
    List<String> names = none.namesOrDefault();
    for (int j = 0; j < names.size(); j++) {
      fields.add(
          DataTypes.createStructField(
              names.get(j),
              isText(none.type(j)) ? DataTypes.StringType : DataTypes.DoubleType,
              false));
    }
    return DataTypes.createStructType(fields);
  }
}
