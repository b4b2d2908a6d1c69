package org.fjordflow.cli;

import blue.strategic.parquet.Hydrator;
import blue.strategic.parquet.ParquetReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.Tables.ReadOptions.Missing;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a Parquet file, table by table. Columns hold numbers, text, truth values or times.
 */
final class ParquetRows implements Tables.Rows {
  private static final int DAY_SECONDS = 86_400;

  private static final Set<CompressionCodecName> PACKINGS =
      EnumSet.of(
          CompressionCodecName.UNCOMPRESSED,
          CompressionCodecName.SNAPPY,
          CompressionCodecName.LZ4_RAW,
          CompressionCodecName.ZSTD);

  private final String source;
  private final boolean gaps;
  private final boolean infinite;
  private final int most;
  private final List<Column> columns;
  private final List<String> names;
  private final ParquetReader<Object[], Object[], Integer> rows;
  private long read;

  /**
   * A column of the file.
   *
   * @param place among the wanted ones, or -1
   * @param labels whether cells are text or truth values
   * @param pattern of times, or null
   * @param scale what a number is multiplied by
   */
  private record Column(
      String name, int place, boolean labels, @Nullable String pattern, double scale) {}

  private ParquetRows(
      Path path, MessageType schema, ReadOptions options, Set<String> wanted, int most)
      throws IOException {
    this.source = path.toString();
    this.gaps = options.missing() == Missing.KEEP;
    this.infinite = options.infinite();
    this.most = most;
    this.columns = new ArrayList<>();
    int place = 0;
    for (Type field : schema.getFields()) {
      boolean chosen = wanted.isEmpty() || wanted.contains(field.getName());
      columns.add(column(field, chosen ? place++ : -1));
    }
    this.names = columns.stream().map(Column::name).toList();
    int width = columns.size();
    Hydrator<Object[], Object[], Integer> cells =
        new Hydrator<>() {
          @Override
          public Object[] start() {
            return new Object[width];
          }

          @Override
          public Object[] add(Object[] row, Integer column, Object cell) {
            row[column] = cell;
            return row;
          }

          @Override
          public Object[] finish(Object[] row) {
            return row;
          }
        };
    this.rows = ParquetReader.spliterator(path.toFile(), cells, at -> names.indexOf(at[0]));
  }

  /**
   * Opens a file.
   *
   * @throws FjordException FILE_MISSING; FILE_DAMAGED; FILE_FORMAT, naming it, for a column of
   *     something else
   */
  static ParquetRows open(String location, ReadOptions options, Set<String> wanted, int most) {
    Path path = Path.of(location);
    if (!Files.isRegularFile(path)) {
      throw new FjordException(ErrorKey.FILE_MISSING, "no such file: " + path);
    }
    try (ParquetLayout layout = new ParquetLayout(path)) {
      layout.requireFooter();
      ParquetMetadata metadata = ParquetReader.readMetadata(path.toFile());
      requireRead(location, metadata);
      layout.requirePages(metadata, options.unpacked());
      MessageType schema = metadata.getFileMetaData().getSchema();
      return new ParquetRows(path, schema, options, wanted, most);
    } catch (FjordException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged(location, e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(location, e);
    }
  }

  /** The library has no classes for what else columns may be packed by. */
  private static void requireRead(String location, ParquetMetadata metadata) {
    for (BlockMetaData rows : metadata.getBlocks()) {
      for (ColumnChunkMetaData column : rows.getColumns()) {
        if (!PACKINGS.contains(column.getCodec())) {
          throw new FjordException(
              ErrorKey.FILE_FORMAT,
              "%s: column '%s' is packed by %s, which is not read; save it with Snappy, Zstandard or unpacked"
                  .formatted(location, column.getPath().toDotString(), column.getCodec()));
        }
      }
    }
  }

  private static FjordException damaged(String source, Exception e) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, "cannot read " + source + " as Parquet: " + e.getMessage(), e);
  }

  /** The library allocates what a file claims. */
  private static FjordException tooLarge(String source, OutOfMemoryError e) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED,
        "cannot read "
            + source
            + " as Parquet: some part of it is, or claims to be, larger than memory; copy it anew, or allow more, as in FJORD_JAVA_OPTS=-Xmx8g",
        e);
  }

  private Column column(Type field, int place) {
    if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) {
      throw unread(field);
    }
    PrimitiveTypeName type = field.asPrimitiveType().getPrimitiveTypeName();
    var meaning = field.getLogicalTypeAnnotation();
    String name = field.getName();
    if (meaning instanceof DateLogicalTypeAnnotation) {
      return new Column(name, place, false, "yyyy-MM-dd", DAY_SECONDS);
    }
    if (meaning instanceof TimestampLogicalTypeAnnotation time) {
      double scale =
          switch (time.getUnit()) {
            case MILLIS -> 1e3;
            case MICROS -> 1e6;
            case NANOS -> 1e9;
          };
      String digits = scale == 1e3 ? "SSS" : "SSSSSS";
      String zone = time.isAdjustedToUTC() ? "XXX" : "";
      return new Column(name, place, false, "yyyy-MM-dd'T'HH:mm:ss." + digits + zone, 1 / scale);
    }
    double scale =
        meaning instanceof DecimalLogicalTypeAnnotation decimal
            ? Math.pow(10, -decimal.getScale())
            : 1;
    return switch (type) {
      case INT32, INT64, FLOAT, DOUBLE -> new Column(name, place, false, null, scale);
      case BOOLEAN -> new Column(name, place, true, null, 1);
      case BINARY -> {
        if (scale != 1) {
          throw unread(field);
        }
        yield new Column(name, place, true, null, 1);
      }
      default -> throw unread(field);
    };
  }

  private FjordException unread(Type field) {
    return new FjordException(
        ErrorKey.FILE_FORMAT,
        "%s: column '%s' is of a type that is not read (%s); save it as numbers or text"
            .formatted(source, field.getName(), field));
  }

  @Override
  public List<String> names() {
    return names;
  }

  @Override
  public int columns() {
    return columns.size();
  }

  @Override
  public @Nullable Table next() {
    List<Object[]> part = new ArrayList<>();
    try {
      while (part.size() < most && rows.tryAdvance(part::add)) {}
    } catch (RuntimeException e) {
      throw damaged(source, e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(source, e);
    }
    if (part.isEmpty()) {
      if (read == 0) {
        throw new FjordException(ErrorKey.SHAPE_MISMATCH, source + " holds no rows");
      }
      return null;
    }
    List<String> chosen = new ArrayList<>();
    List<Table.Type> types = new ArrayList<>();
    int width = (int) columns.stream().filter(column -> column.place() >= 0).count();
    double[][] cells = new double[part.size()][width];
    for (int j = 0; j < columns.size(); j++) {
      if (columns.get(j).place() >= 0) {
        chosen.add(columns.get(j).name());
        types.add(take(part, j, columns.get(j), cells));
      }
    }
    read += part.size();
    return Table.of(chosen, types, cells);
  }

  private Table.Type take(List<Object[]> part, int from, Column column, double[][] cells) {
    Map<String, Integer> codes = new HashMap<>();
    if (column.labels()) {
      Set<String> texts = new TreeSet<>();
      part.forEach(
          row -> {
            if (row[from] != null && !row[from].toString().isBlank()) {
              texts.add(row[from].toString());
            }
          });
      texts.forEach(text -> codes.put(text, codes.size()));
    }
    for (int i = 0; i < cells.length; i++) {
      Object cell = part.get(i)[from];
      double value =
          cell instanceof Number number
              ? scaled(number.doubleValue(), column.scale())
              : cell == null ? Double.NaN : codes.getOrDefault(cell.toString(), -1);
      value = value < 0 && column.labels() ? Double.NaN : value;
      if (!Double.isFinite(value) && !(gaps && (infinite || Double.isNaN(value)))) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "%s: row %d, column '%s' is %s; --missing drop-rows leaves rows out where cells are missing"
                .formatted(source, read + i + 1, column.name(), cell == null ? "empty" : cell));
      }
      cells[i][column.place()] = value;
    }
    if (column.labels()) {
      return new Table.Type.Labels(List.copyOf(new TreeSet<>(codes.keySet())));
    }
    return column.pattern() == null ? Table.Type.NUMBER : new Table.Type.Time(column.pattern());
  }

  /** Divides where that is exact and multiplying is not. */
  private static double scaled(double value, double scale) {
    return scale < 1 ? value / Math.rint(1 / scale) : value * scale;
  }

  @Override
  public void close() {
    try {
      rows.close();
    } catch (IOException e) {
      throw damaged(source, e);
    }
  }
}
