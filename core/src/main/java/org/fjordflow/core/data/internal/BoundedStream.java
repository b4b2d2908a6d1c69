package org.fjordflow.core.data.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** What a packed file holds, up to a bound: a small file may unpack to more than any memory. */
final class BoundedStream extends FilterInputStream {

  /** Tables seldom shrink by more; deflate can reach 1,032. */
  private static final long RATIO = 200;

  private final long most;
  private final String source;
  private long count;

  /**
   * Bounds a stream.
   *
   * @param unpacked closed with this one
   * @param packed size of the packed file in bytes
   * @param free bytes that any file may unpack to
   * @param source what it is called in messages
   */
  BoundedStream(InputStream unpacked, long packed, long free, String source) {
    super(unpacked);
    this.most = Math.max(free, RATIO * packed);
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    count(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] into, int from, int length) throws IOException {
    int read = super.read(into, from, length);
    count(Math.max(0, read));
    return read;
  }

  @Override
  public long skip(long n) throws IOException {
    long skipped = super.skip(n);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long read) {
    count += read;
    if (count > most) {
      throw tooLarge(source, most);
    }
  }

  static FjordException tooLarge(String source, long most) {
    return new FjordException(
        ErrorKey.UNSUPPORTED,
        "%s unpacks to more than %,d bytes and to more than %d times its size; where that is meant, --unpack-limit 8g reads it (ReadOptions.withUnpacked)"
            .formatted(source, most, RATIO));
  }

  /** Checks a size that a packed file claims. */
  static void require(long claimed, long packed, long free, String source) {
    long most = Math.max(free, RATIO * packed);
    if (claimed > most || claimed < 0) {
      throw tooLarge(source, most);
    }
  }
}
