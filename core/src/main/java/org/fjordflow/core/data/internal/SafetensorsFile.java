package org.fjordflow.core.data.internal;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
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
   *     one, a tensor's bytes lie outside the file, overlap or leave gaps, or do not fit its shape;
   *     FILE_FORMAT for an element type that is not known
   */
  public static SafetensorsFile read(Path path) {
    return SafetensorsFormat.decode(InputFiles.readBytes(path), path.toString());
  }

  /**
   * Writes the file; see {@link AtomicFiles#write}.
   *
   * @param path the file
   * @throws FjordException FILE_UNWRITABLE; UNSUPPORTED for a tensor that is neither F32 nor F64;
   *     INVALID_ARGUMENT for a tensor named {@code __metadata__}
   */
  public void write(Path path) {
    AtomicFiles.writeBytes(path, SafetensorsFormat.encode(this));
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
