package org.fjordflow.core.data.internal;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A safetensors file in memory: named tensors, and a map of strings about them.
 *
 * <p>The format (github.com/huggingface/safetensors): 8 bytes little-endian length of the header,
 * the header as JSON, padded with blanks to a multiple of 8, and the tensors' bytes without gaps.
 * Files are written as the reference implementation writes them: the wider types first, then by
 * name; the same content gives the same bytes.
 *
 * @param tensors by name, in the file's order; copied
 * @param metadata strings by name ({@code __metadata__} in the file), may be empty; copied
 */
public record SafetensorsFile(Map<String, Tensor> tensors, Map<String, String> metadata) {

  /** The key of a file's own checksum in its metadata. */
  static final String SEAL = "fjord.sha256";

  /** What stands in a checksum's place while it is computed. */
  static final String UNSEALED = "0".repeat(Sha256.LENGTH);

  /** Copies both maps, keeping their order. */
  public SafetensorsFile {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Reads a file: every element type of {@link TensorType}.
   *
   * @param path the file
   * @return its content
   * @throws FjordException FILE_MISSING; FILE_DAMAGED, saying what is wrong, if the header is not
   *     one, a tensor's bytes lie outside the file, overlap or leave gaps, or do not fit its shape,
   *     or a {@linkplain #sealed sealed} file has other bytes; FILE_FORMAT for an element type that
   *     is not known
   */
  public static SafetensorsFile read(Path path) {
    return read(path, UnaryOperator.identity());
  }

  /**
   * Reads a file with the SHA-256 of its bytes.
   *
   * @param path the file
   * @throws FjordException as {@link #read}
   */
  public static Hashed readHashed(Path path) {
    MessageDigest digest = Sha256.begin();
    SafetensorsFile file = read(path, in -> new DigestInputStream(in, digest));
    return new Hashed(file, Sha256.end(digest));
  }

  private static SafetensorsFile read(Path path, UnaryOperator<InputStream> through) {
    String source = path.toString();
    if (InputFiles.isGzip(path) || !Files.isRegularFile(path)) {
      byte[] bytes = InputFiles.readBytes(path); // how many there are is not known before
      try {
        InputStream in = through.apply(new ByteArrayInputStream(bytes));
        return SafetensorsFormat.read(in, bytes.length, source);
      } catch (IOException e) {
        throw InputFiles.damaged(path, InputFiles.reason(e), e);
      }
    }
    return InputFiles.readRaw(
        path, in -> SafetensorsFormat.read(through.apply(in), Files.size(path), source));
  }

  /**
   * A file and what its bytes have.
   *
   * @param file the content
   * @param sha256 in hexadecimal
   */
  public record Hashed(SafetensorsFile file, String sha256) {}

  /**
   * The same file with its own checksum in its metadata: SHA-256 of all of its bytes, with zeros in
   * the place of the checksum. {@link #read} then finds any change of any byte.
   */
  public SafetensorsFile sealed() {
    SafetensorsFile open = withSeal(UNSEALED);
    MessageDigest digest = Sha256.begin();
    try {
      open.write(SafetensorsHeader.of(open), OutputStream.nullOutputStream(), digest);
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written", e);
    }
    return withSeal(Sha256.end(digest));
  }

  /** Whether the file has a checksum; {@link #read} has compared it. */
  public boolean isSealed() {
    return metadata.containsKey(SEAL);
  }

  private SafetensorsFile withSeal(String seal) {
    Map<String, String> more = new LinkedHashMap<>(metadata);
    more.put(SEAL, seal);
    return new SafetensorsFile(tensors, more);
  }

  /**
   * Writes the file; see {@link AtomicFiles#write}. It may be larger than memory has room for
   * beside the tensors.
   *
   * @param path the file
   * @return SHA-256 of its bytes
   * @throws FjordException FILE_UNWRITABLE; UNSUPPORTED for a tensor that is neither F32 nor F64;
   *     INVALID_ARGUMENT for a tensor named {@code __metadata__}
   */
  public String write(Path path) {
    SafetensorsHeader header = SafetensorsHeader.of(this);
    MessageDigest digest = Sha256.begin();
    AtomicFiles.write(path, out -> write(header, out, digest));
    return Sha256.end(digest);
  }

  private void write(SafetensorsHeader header, OutputStream out, MessageDigest digest)
      throws IOException {
    SafetensorsFormat.write(this, header, new DigestOutputStream(out, digest));
  }

  /**
   * Finds a tensor.
   *
   * @param name its name
   * @return the tensor
   * @throws FjordException INVALID_ARGUMENT, listing the names there are, if there is none
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no tensor '" + name + "' among " + String.join(", ", tensors.keySet()));
    }
    return tensor;
  }
}
