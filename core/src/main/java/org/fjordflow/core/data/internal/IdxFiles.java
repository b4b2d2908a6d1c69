package org.fjordflow.core.data.internal;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * The files of MNIST and its kin (yann.lecun.com/exdb/mnist): two zero bytes, the element type, the
 * number of axes, the length of every axis, and the elements, all big-endian. A name that ends in
 * {@code .gz} is unpacked.
 */
public final class IdxFiles {
  private static final int MAGIC_BYTES = 4;

  private IdxFiles() {}

  /**
   * Reads an array.
   *
   * @param path the file
   * @return the array; {@link Tensor#toRows} makes a row of every image, one column of labels
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if the header is not one, or the file holds
   *     more or fewer numbers than it says
   */
  public static Tensor read(Path path) {
    return read(path, InputFiles.UNPACKED);
  }

  /** Reads an array; a packed file may unpack to so many bytes. */
  public static Tensor read(Path path, long unpacked) {
    return decode(InputFiles.readBytes(path, unpacked), path.toString());
  }

  private static Tensor decode(byte[] bytes, String source) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    if (bytes.length < MAGIC_BYTES || buffer.getShort() != 0) {
      throw damaged(source, "it does not begin with two zero bytes, a type and a number of axes");
    }
    int code = buffer.get();
    TensorType type = type(code);
    if (type == null) {
      throw damaged(source, "its element type is " + code + ", expected 8, 9 or 11 to 14");
    }
    int axes = buffer.get() & 0xFF;
    if (axes == 0 || buffer.remaining() < 4 * axes) {
      throw damaged(source, "it claims " + axes + " axes in " + bytes.length + " bytes");
    }
    int[] shape = new int[axes];
    for (int i = 0; i < axes; i++) {
      shape[i] = buffer.getInt();
    }
    int size = TensorShapes.size(shape);
    if (size < 0 || (long) size * type.bytes() != buffer.remaining()) {
      throw damaged(
          source,
          "its shape " + shapeText(shape) + " does not fit its " + buffer.remaining() + " bytes");
    }
    return new Tensor(type, shape, type.decode(buffer, size));
  }

  private static @Nullable TensorType type(int code) {
    return switch (code) {
      case 0x08 -> TensorType.U8;
      case 0x09 -> TensorType.I8;
      case 0x0B -> TensorType.I16;
      case 0x0C -> TensorType.I32;
      case 0x0D -> TensorType.F32;
      case 0x0E -> TensorType.F64;
      default -> null;
    };
  }

  private static String shapeText(int[] shape) {
    return Numbers.printable(Arrays.toString(shape));
  }

  private static FjordException damaged(String source, String reason) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, source + " is not a sound idx file: " + reason);
  }
}
