package org.fjordflow.core.data.internal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * NumPy's array files, {@code .npy}, as NEP 1 and {@code numpy.lib.format} describe them: format
 * versions 1 to 3, booleans, integers of every size, float16, float32 and float64 of either byte
 * order, in C and in Fortran order. Objects, structures, complex numbers and texts are not read.
 */
public final class NpyFiles {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int HEADER_ALIGNMENT = 64;

  private static final Pattern DESCRIPTION = Pattern.compile("['\"]descr['\"]\\s*:\\s*([^,}]+)");
  private static final Pattern ORDER =
      Pattern.compile("['\"]fortran_order['\"]\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("['\"]shape['\"]\\s*:\\s*\\(([^)]*)\\)");
  private static final Pattern SIMPLE_TYPE = Pattern.compile("['\"]([<>|=])(\\w+)['\"]");

  private static final Map<String, TensorType> TYPES =
      Map.ofEntries(
          Map.entry("b1", TensorType.BOOL),
          Map.entry("u1", TensorType.U8),
          Map.entry("i1", TensorType.I8),
          Map.entry("u2", TensorType.U16),
          Map.entry("i2", TensorType.I16),
          Map.entry("u4", TensorType.U32),
          Map.entry("i4", TensorType.I32),
          Map.entry("u8", TensorType.U64),
          Map.entry("i8", TensorType.I64),
          Map.entry("f2", TensorType.F16),
          Map.entry("f4", TensorType.F32),
          Map.entry("f8", TensorType.F64));

  private NpyFiles() {}

  /**
   * Reads an array.
   *
   * @param path the file
   * @return the array, in row-major order whatever the file's order; {@link Tensor#toRows} makes
   *     one column of one axis
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if the header is not one, or the file holds
   *     more or fewer numbers than its shape; FILE_FORMAT for an element type that is not read
   */
  public static Tensor read(Path path) {
    return decode(InputFiles.readBytes(path), path.toString());
  }

  /**
   * Writes rows as a float64 array of two axes, in C order; see {@link AtomicFiles#write}.
   *
   * @param path the file
   * @param rows [n][columns]. Not modified
   * @param columns their length
   * @throws FjordException FILE_UNWRITABLE; UNSUPPORTED above 2 GiB
   */
  public static void write(Path path, double[][] rows, int columns) {
    AtomicFiles.writeBytes(path, encode(rows, columns));
  }

  public static Tensor decode(byte[] bytes, String source) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    Head head = head(header(buffer, source), source);
    buffer.order(head.order());
    int size = TensorShapes.size(head.shape());
    if (size < 0 || (long) size * head.type().bytes() != buffer.remaining()) {
      throw misfit(source, head.shape(), buffer.remaining());
    }
    double[] values = head.type().decode(buffer, size);
    return new Tensor(
        head.type(),
        head.shape(),
        head.fortran() ? TensorShapes.fromFortranOrder(head.shape(), values) : values);
  }

  static FjordException misfit(String source, int[] shape, long bytes) {
    return damaged(
        source,
        "its shape "
            + Numbers.printable(Arrays.toString(shape).replace('[', '(').replace(']', ')'))
            + " does not fit its "
            + bytes
            + " bytes of data");
  }

  /** What the header says. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Head(TensorType type, ByteOrder order, int[] shape, boolean fortran) {}

  /** Reads the header of a stream; what comes next are the elements. */
  static Head head(InputStream in, String source) throws IOException {
    byte[] begin = in.readNBytes(MAGIC.length + 6);
    int major = begin.length < MAGIC.length + 6 ? 1 : begin[MAGIC.length];
    ByteBuffer lengths = ByteBuffer.wrap(begin).order(ByteOrder.LITTLE_ENDIAN);
    int length =
        begin.length < MAGIC.length + 6
            ? 0
            : major == 1
                ? Math.max(0, (lengths.getShort(MAGIC.length + 2) & 0xFFFF) - 2)
                : Math.max(0, lengths.getInt(MAGIC.length + 2));
    byte[] rest = in.readNBytes(length);
    ByteBuffer all = ByteBuffer.allocate(begin.length + rest.length).order(ByteOrder.LITTLE_ENDIAN);
    all.put(begin).put(rest).flip();
    return head(header(all, source), source);
  }

  private static Head head(String header, String source) {
    Matcher order = found(ORDER, header, source);
    int[] shape = shape(found(SHAPE, header, source).group(1), source);
    Matcher description = found(DESCRIPTION, header, source);
    Matcher simple = SIMPLE_TYPE.matcher(description.group(1).strip());
    TensorType type = simple.matches() ? TYPES.get(simple.group(2)) : null;
    if (type == null) {
      throw new FjordException(
          ErrorKey.FILE_FORMAT,
          source
              + " has elements of type "
              + Numbers.printable(description.group(1))
              + ", which are not read; save it as float64");
    }
    return new Head(
        type,
        simple.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
        shape,
        order.group(1).equals("True"));
  }

  private static String header(ByteBuffer buffer, String source) {
    if (buffer.remaining() < MAGIC.length + 4) {
      throw damaged(source, "it is too short for a header");
    }
    for (byte expected : MAGIC) {
      if (buffer.get() != expected) {
        throw damaged(source, "it does not begin with \\x93NUMPY");
      }
    }
    int major = buffer.get();
    buffer.get(); // the minor version changes nothing so far
    if (major < 1 || major > 3) {
      throw new FjordException(
          ErrorKey.FILE_FORMAT, source + " is of npy version " + major + "; 1, 2 and 3 are read");
    }
    if (major > 1 && buffer.remaining() < 4) {
      throw damaged(source, "it is too short for a header");
    }
    int length = major == 1 ? buffer.getShort() & 0xFFFF : buffer.getInt();
    if (length < 0 || length > buffer.remaining()) {
      throw damaged(source, "its header is longer than the file");
    }
    byte[] text = new byte[length];
    buffer.get(text);
    return new String(text, major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
  }

  private static Matcher found(Pattern pattern, String header, String source) {
    Matcher matcher = pattern.matcher(header);
    if (!matcher.find()) {
      throw damaged(source, "its header lacks descr, fortran_order or shape");
    }
    return matcher;
  }

  private static int[] shape(String text, String source) {
    List<Integer> lengths = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String length = part.strip();
      if (length.endsWith("L")) {
        length = length.substring(0, length.length() - 1); // written by Python 2
      }
      if (length.isEmpty()) {
        continue;
      }
      try {
        lengths.add(Integer.parseUnsignedInt(length));
      } catch (NumberFormatException e) {
        throw damaged(source, "its shape is (" + Numbers.printable(text) + ")");
      }
    }
    return lengths.stream().mapToInt(Integer::intValue).toArray();
  }

  private static byte[] encode(double[][] rows, int columns) {
    byte[] head = head(rows.length, columns);
    long size = head.length + 8L * rows.length * columns;
    if (size > Integer.MAX_VALUE - 16) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED, "an npy file above 2 GiB; write it in smaller parts");
    }
    ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    out.put(head);
    for (double[] row : rows) {
      for (double value : row) {
        out.putDouble(value);
      }
    }
    return out.array();
  }

  /** What stands before the rows; of one length for all numbers of rows. */
  static byte[] head(long rows, int columns) {
    String shape = "(" + rows + ", " + columns + ")";
    String header = "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }";
    int start = MAGIC.length + 4;
    int dataStart =
        (start + header.length() + HEADER_ALIGNMENT) / HEADER_ALIGNMENT * HEADER_ALIGNMENT;
    ByteBuffer out = ByteBuffer.allocate(dataStart).order(ByteOrder.LITTLE_ENDIAN);
    out.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) (dataStart - start));
    out.put(header.getBytes(StandardCharsets.US_ASCII));
    while (out.position() < dataStart - 1) {
      out.put((byte) ' ');
    }
    out.put((byte) '\n');
    return out.array();
  }

  private static FjordException damaged(String source, String reason) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, source + " is not a sound npy file: " + reason);
  }
}
