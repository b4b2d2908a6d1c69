package org.fjordflow.core.data.internal;

import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** SHA-256 in lower-case hexadecimal, as {@code sha256sum} prints it. */
public final class Sha256 {

  /** Characters of a hash. */
  public static final int LENGTH = 64;

  private Sha256() {}

  /**
   * Begins a digest.
   *
   * @throws FjordException UNSUPPORTED for a Java without SHA-256
   */
  public static MessageDigest begin() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "this Java has no SHA-256", e);
    }
  }

  /** Ends a digest. */
  public static String end(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * The hash of what is given to a digest.
   *
   * @param content updates it
   */
  public static String of(Consumer<MessageDigest> content) {
    MessageDigest digest = begin();
    content.accept(digest);
    return end(digest);
  }

  /**
   * The hash of a file's bytes.
   *
   * @param file the file
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if it cannot be read
   */
  public static String of(Path file) {
    MessageDigest digest = begin();
    long unused =
        InputFiles.readRaw(
            file,
            in -> new DigestInputStream(in, digest).transferTo(OutputStream.nullOutputStream()));
    return end(digest);
  }

  /** Whether a text could be a hash. */
  public static boolean isHash(String text) {
    return text.length() == LENGTH
        && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }
}
