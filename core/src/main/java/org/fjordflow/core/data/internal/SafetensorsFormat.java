package org.fjordflow.core.data.internal;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * The bytes of a safetensors file, as they come and go: no file is in memory beside its tensors.
 */
final class SafetensorsFormat {
  private static final int LENGTH_BYTES = 8;
  private static final int CHUNK_BYTES = 1 << 16;

  private SafetensorsFormat() {}

  /**
   * Reads a file, and checks its seal if it has one.
   *
   * @param in its bytes
   * @param length how many there are
   * @param source what it is called in messages
   * @throws FjordException FILE_DAMAGED; FILE_FORMAT
   * @throws IOException if the stream cannot be read or ends before its length
   */
  static SafetensorsFile read(InputStream in, long length, String source) throws IOException {
    if (length < LENGTH_BYTES) {
      throw SafetensorsHeader.damaged(source, "it has " + length + " bytes, too few for a header");
    }
    byte[] first = exactly(in, LENGTH_BYTES);
    long headerLength = ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (headerLength < 2
        || headerLength > length - LENGTH_BYTES
        || headerLength > Integer.MAX_VALUE - LENGTH_BYTES) {
      throw SafetensorsHeader.damaged(
          source, "its header claims " + headerLength + " of the file's " + length + " bytes");
    }
    byte[] json = exactly(in, (int) headerLength);
    SafetensorsHeader header =
        SafetensorsHeader.parse(json, length - LENGTH_BYTES - headerLength, source);
    String seal = header.metadata().get(SafetensorsFile.SEAL);
    MessageDigest digest = seal == null ? null : Sha256.begin();
    if (seal != null && digest != null) {
      digest.update(first);
      digest.update(unsealed(json, seal));
    }
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      double[] values = new double[entry.size()];
      for (int done = 0; done < values.length; ) {
        int count = Math.min(CHUNK_BYTES / entry.type().bytes(), values.length - done);
        int bytes = count * entry.type().bytes();
        if (in.readNBytes(chunk.array(), 0, bytes) < bytes) {
          throw new EOFException();
        }
        if (digest != null) {
          digest.update(chunk.array(), 0, bytes);
        }
        entry.type().decode(chunk.clear(), values, done, count);
        done += count;
      }
      tensors.put(entry.name(), new Tensor(entry.type(), entry.shape(), values));
    }
    if (digest != null && !Sha256.end(digest).equals(seal)) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + " is damaged: its bytes do not have the checksum that it was written with");
    }
    return new SafetensorsFile(tensors, header.metadata());
  }

  private static byte[] exactly(InputStream in, int count) throws IOException {
    byte[] bytes = in.readNBytes(count); // grows with what is there
    if (bytes.length < count) {
      throw new EOFException();
    }
    return bytes;
  }

  /** A header as it was when its seal was computed: with zeros in its place. */
  private static byte[] unsealed(byte[] json, String seal) {
    int at = new String(json, StandardCharsets.ISO_8859_1).indexOf(seal);
    if (!Sha256.isHash(seal) || at < 0) {
      return json; // of which no seal is the checksum
    }
    byte[] zeros = SafetensorsFile.UNSEALED.getBytes(StandardCharsets.ISO_8859_1);
    byte[] open = json.clone();
    System.arraycopy(zeros, 0, open, at, zeros.length);
    return open;
  }

  /**
   * Writes a file.
   *
   * @param file what to write. Not modified.
   * @param header of the file
   * @param out where to
   */
  static void write(SafetensorsFile file, SafetensorsHeader header, OutputStream out)
      throws IOException {
    byte[] json = header.encode();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(chunk.putLong(json.length).array(), 0, LENGTH_BYTES);
    out.write(json);
    for (SafetensorsHeader.Entry entry : header.entries()) {
      chunk.clear();
      for (double value : file.tensor(entry.name()).values()) {
        if (chunk.remaining() < entry.type().bytes()) {
          out.write(chunk.array(), 0, chunk.position());
          chunk.clear();
        }
        if (entry.type() == TensorType.F32) {
          chunk.putFloat((float) value);
        } else {
          chunk.putDouble(value);
        }
      }
      out.write(chunk.array(), 0, chunk.position());
    }
  }
}
