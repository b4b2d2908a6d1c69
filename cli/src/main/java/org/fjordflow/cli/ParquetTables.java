package org.fjordflow.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.apache.parquet.schema.Types.MessageTypeBuilder;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.jspecify.annotations.Nullable;

/** Writes tables one behind the other into a Parquet file, which is there once it is finished. */
final class ParquetTables implements Tables.Writer {
  private static final int DAY_SECONDS = 86_400;

  private final Path target;
  private final AtomicFiles.Unfinished file;
  private @Nullable ParquetWriter<Object[]> writer;
  private int columns;

  ParquetTables(Path path) {
    target = path;
    file = AtomicFiles.begin(path);
  }

  @Override
  public void append(Table table) {
    try {
      ParquetWriter<Object[]> open = writer;
      if (open == null) {
        columns = table.columns();
        open = ParquetFile.begin(schema(table), file.stream());
        writer = open;
      }
      if (table.columns() != columns) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%d columns behind rows of %d in %s".formatted(table.columns(), columns, target));
      }
      for (double[] row : table.rows()) {
        Object[] cells = new Object[row.length];
        for (int j = 0; j < row.length; j++) {
          cells[j] = cell(table.type(j), row[j]);
        }
        open.write(cells);
      }
    } catch (IOException e) {
      throw file.failed(e);
    }
  }

  private static MessageType schema(Table table) {
    MessageTypeBuilder schema = Types.buildMessage();
    List<String> names = table.namesOrDefault();
    for (int j = 0; j < names.size(); j++) {
      String name = names.get(j);
      if (table.type(j) instanceof Table.Type.Labels) {
        schema
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(name);
      } else if (table.type(j) instanceof Table.Type.Time time) {
        if (isDate(time)) {
          schema.optional(PrimitiveTypeName.INT32).as(LogicalTypeAnnotation.dateType()).named(name);
        } else {
          boolean zone = time.pattern().endsWith("X");
          schema
              .optional(PrimitiveTypeName.INT64)
              .as(LogicalTypeAnnotation.timestampType(zone, TimeUnit.MICROS))
              .named(name);
        }
      } else {
        schema.required(PrimitiveTypeName.DOUBLE).named(name);
      }
    }
    return schema.named("table");
  }

  private static boolean isDate(Table.Type.Time time) {
    return !time.pattern().contains("H");
  }

  private static @Nullable Object cell(Table.Type type, double value) {
    if (type instanceof Table.Type.Labels labels) {
      return Double.isNaN(value) ? null : labels.labels().get((int) value);
    }
    if (type instanceof Table.Type.Time time) {
      if (Double.isNaN(value)) {
        return null;
      }
      return isDate(time)
          ? (Object) (int) Math.floor(value / DAY_SECONDS)
          : (Object) Math.round(value * 1e6);
    }
    return value;
  }

  @Override
  public void finish() {
    ParquetWriter<Object[]> open = writer;
    if (open == null) {
      return;
    }
    try {
      open.close();
      file.finish();
    } catch (IOException e) {
      throw file.failed(e);
    }
  }

  /** What is unfinished is forgotten, with the rows that the library has not written yet. */
  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw file.failed(e);
    }
  }
}
