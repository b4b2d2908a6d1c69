package org.fjordflow.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/**
 * Writes rows of cells as Parquet into a stream, which stays open: who has it decides when the file
 * is in its place.
 */
final class ParquetFile {

  private ParquetFile() {}

  /**
   * Begins to write. What is written is whole once the writer is closed.
   *
   * @param schema of the cells: doubles, ints, longs and texts, null where one is missing
   * @param out takes the bytes
   */
  static ParquetWriter<Object[]> begin(MessageType schema, OutputStream out) throws IOException {
    return new Builder(schema, new Target(out))
        .withCompressionCodec(CompressionCodecName.SNAPPY)
        .withWriterVersion(WriterVersion.PARQUET_2_0)
        .build();
  }

  private static final class Builder extends ParquetWriter.Builder<Object[], Builder> {
    private final MessageType schema;

    Builder(MessageType schema, OutputFile file) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<Object[]> getWriteSupport(Configuration unused) {
      return new Cells(schema);
    }
  }

  private static final class Cells extends WriteSupport<Object[]> {
    private final MessageType schema;
    private RecordConsumer to;

    Cells(MessageType schema) {
      this.schema = schema;
    }

    @Override
    public WriteContext init(Configuration unused) {
      return new WriteContext(schema, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      to = consumer;
    }

    @Override
    public void write(Object[] row) {
      to.startMessage();
      for (int j = 0; j < row.length; j++) {
        if (row[j] != null) {
          String name = schema.getFieldName(j);
          to.startField(name, j);
          add(row[j]);
          to.endField(name, j);
        }
      }
      to.endMessage();
    }

    private void add(Object cell) {
      if (cell instanceof Double number) {
        to.addDouble(number);
      } else if (cell instanceof Integer number) {
        to.addInteger(number);
      } else if (cell instanceof Long number) {
        to.addLong(number);
      } else {
        to.addBinary(Binary.fromString(cell.toString()));
      }
    }
  }

  private record Target(OutputStream out) implements OutputFile {
    @Override
    public PositionOutputStream create(long unused) {
      return new Counted(out);
    }

    @Override
    public PositionOutputStream createOrOverwrite(long unused) {
      return create(unused);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  private static final class Counted extends PositionOutputStream {
    private final OutputStream out;
    private long position;

    Counted(OutputStream out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void write(int next) throws IOException {
      out.write(next);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      position += length;
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }
  }
}
