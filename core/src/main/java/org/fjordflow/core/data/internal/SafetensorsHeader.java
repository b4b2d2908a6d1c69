package org.fjordflow.core.data.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * The header of a safetensors file.
 *
 * @param entries in the order of the tensors' bytes
 * @param metadata strings about them
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
  private static final int ALIGNMENT = 8;
  private static final String METADATA = "__metadata__";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** A tensor's entry in the header; offsets count from the first byte after the header. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Entry(String name, TensorType type, int[] shape, long begin, long end) {
    int size() {
      return TensorShapes.size(shape);
    }
  }

  /**
   * Reads a header.
   *
   * @param json its bytes. Not modified.
   * @param dataBytes how many bytes come after it
   * @param source what the file is called in messages
   * @throws FjordException FILE_DAMAGED if the tensors do not take just these bytes; FILE_FORMAT
   */
  static SafetensorsHeader parse(byte[] json, long dataBytes, String source) {
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : tree(json, source).properties()) {
      if (field.getKey().equals(METADATA)) {
        readMetadata(field.getValue(), metadata, source);
      } else {
        entries.add(readEntry(field.getKey(), field.getValue(), source));
      }
    }
    requireTiling(entries, dataBytes, source);
    return new SafetensorsHeader(entries, metadata);
  }

  private static ObjectNode tree(byte[] json, String source) {
    try {
      if (JSON.readTree(json) instanceof ObjectNode object) {
        return object;
      }
      throw damaged(source, "its header is not a JSON object");
    } catch (JsonProcessingException e) {
      throw damaged(source, "its header is not JSON (" + e.getOriginalMessage() + ")");
    } catch (IOException e) {
      throw damaged(source, "its header is not UTF-8 text");
    }
  }

  private static void readMetadata(JsonNode node, Map<String, String> metadata, String source) {
    if (!node.isObject()) {
      throw damaged(source, METADATA + " is not a JSON object");
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isTextual()) {
        throw damaged(source, METADATA + " holds something else than strings");
      }
      metadata.put(field.getKey(), field.getValue().textValue());
    }
  }

  private static Entry readEntry(String name, JsonNode node, String source) {
    String where = "tensor '" + Numbers.printable(name) + "' ";
    JsonNode type = node.path("dtype");
    JsonNode shape = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!type.isTextual() || !shape.isArray() || !offsets.isArray() || offsets.size() != 2) {
      throw damaged(source, where + "lacks its dtype, shape or data_offsets");
    }
    TensorType elements = typeNamed(type.textValue(), source, where);
    int[] lengths = new int[shape.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = (int) natural(shape.get(i), Integer.MAX_VALUE, source, where + "shape");
    }
    long begin = natural(offsets.get(0), Long.MAX_VALUE, source, where + "data_offsets");
    long end = natural(offsets.get(1), Long.MAX_VALUE, source, where + "data_offsets");
    int size = TensorShapes.size(lengths);
    if (size < 0 || (long) size * elements.bytes() != end - begin) {
      throw damaged(
          source,
          where
              + "of shape "
              + Numbers.printable(shape.toString())
              + " and type "
              + elements
              + " does not fill its "
              + (end - begin)
              + " bytes");
    }
    return new Entry(name, elements, lengths, begin, end);
  }

  private static TensorType typeNamed(String name, String source, String where) {
    for (TensorType type : TensorType.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw new FjordException(
        ErrorKey.FILE_FORMAT,
        source
            + ": "
            + where
            + "has the element type '"
            + Numbers.printable(name)
            + "', which is not read; known are "
            + List.of(TensorType.values()));
  }

  private static long natural(JsonNode node, long greatest, String source, String where) {
    if (!node.isIntegralNumber()
        || !node.canConvertToLong()
        || node.longValue() < 0
        || node.longValue() > greatest) {
      throw damaged(source, where + " has " + Numbers.printable(node.toString()));
    }
    return node.longValue();
  }

  /** The format asks that the tensors cover the data without overlap and without a gap. */
  private static void requireTiling(List<Entry> entries, long dataBytes, String source) {
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long covered = 0;
    for (Entry entry : entries) {
      if (entry.begin() != covered) {
        throw damaged(
            source,
            "tensor '"
                + Numbers.printable(entry.name())
                + "' begins at byte "
                + entry.begin()
                + ", expected "
                + covered);
      }
      covered = entry.end();
    }
    if (covered != dataBytes) {
      throw damaged(source, "its tensors take " + covered + " bytes, it holds " + dataBytes);
    }
  }

  /**
   * The header of a file that is to be written.
   *
   * @throws FjordException UNSUPPORTED for a tensor that is neither F32 nor F64; INVALID_ARGUMENT
   *     for a tensor named {@code __metadata__}
   */
  static SafetensorsHeader of(SafetensorsFile file) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(file.tensors().entrySet());
    ordered.sort(
        Comparator.<Map.Entry<String, Tensor>>comparingInt(e -> -e.getValue().type().bytes())
            .thenComparing(Map.Entry::getKey));
    List<Entry> entries = new ArrayList<>();
    long offset = 0;
    for (Map.Entry<String, Tensor> named : ordered) {
      Tensor tensor = named.getValue();
      requireWritable(named.getKey(), tensor);
      long end = offset + (long) tensor.values().length * tensor.type().bytes();
      entries.add(new Entry(named.getKey(), tensor.type(), tensor.shape(), offset, end));
      offset = end;
    }
    return new SafetensorsHeader(entries, file.metadata());
  }

  private static void requireWritable(String name, Tensor tensor) {
    if (name.equals(METADATA)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "a tensor cannot be named " + METADATA + "; rename it");
    }
    if (tensor.type() != TensorType.F32 && tensor.type() != TensorType.F64) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "tensor '" + name + "' is of type " + tensor.type() + "; F32 and F64 are written");
    }
  }

  /** The header's bytes, padded with blanks. */
  byte[] encode() {
    ObjectNode header = JSON.createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = header.putObject(METADATA);
      metadata.forEach(strings::put);
    }
    for (Entry entry : entries) {
      ObjectNode described = header.putObject(entry.name());
      described.put("dtype", entry.type().name());
      ArrayNode shape = described.putArray("shape");
      for (int length : entry.shape()) {
        shape.add(length);
      }
      described.putArray("data_offsets").add(entry.begin()).add(entry.end());
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  static FjordException damaged(String source, String reason) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, source + " is not a sound safetensors file: " + reason);
  }
}
