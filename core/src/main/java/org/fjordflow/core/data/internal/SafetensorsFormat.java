package org.fjordflow.core.data.internal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** The bytes of a safetensors file. */
public final class SafetensorsFormat {
  private static final int LENGTH_BYTES = 8;
  private static final int ALIGNMENT = 8;
  private static final String METADATA = "__metadata__";

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private SafetensorsFormat() {}

  /** A tensor's entry in the header; offsets count from the first byte after the header. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(String name, TensorType type, int[] shape, int begin, int end) {}

  public static SafetensorsFile decode(byte[] bytes, String source) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.length < LENGTH_BYTES) {
      throw damaged(source, "it has " + bytes.length + " bytes, too few for a header");
    }
    long headerLength = buffer.getLong();
    if (headerLength < 2 || headerLength > bytes.length - LENGTH_BYTES) {
      throw damaged(
          source,
          "its header claims " + headerLength + " of the file's " + bytes.length + " bytes");
    }
    JsonNode header = parseHeader(bytes, (int) headerLength, source);
    int dataStart = LENGTH_BYTES + (int) headerLength;
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      if (field.getKey().equals(METADATA)) {
        readMetadata(field.getValue(), metadata, source);
      } else {
        entries.add(readEntry(field.getKey(), field.getValue(), source));
      }
    }
    requireTiling(entries, bytes.length - dataStart, source);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Entry entry : entries) {
      buffer.position(dataStart + entry.begin());
      double[] values = entry.type().decode(buffer, TensorShapes.size(entry.shape()));
      tensors.put(entry.name(), new Tensor(entry.type(), entry.shape(), values));
    }
    return new SafetensorsFile(tensors, metadata);
  }

  private static JsonNode parseHeader(byte[] bytes, int length, String source) {
    JsonNode header;
    try {
      header = JSON.readTree(bytes, LENGTH_BYTES, length);
    } catch (JsonProcessingException e) {
      throw damaged(source, "its header is not JSON (" + e.getOriginalMessage() + ")");
    } catch (IOException e) {
      throw damaged(source, "its header is not UTF-8 text");
    }
    if (!(header instanceof ObjectNode)) {
      throw damaged(source, "its header is not a JSON object");
    }
    return header;
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
      lengths[i] = natural(shape.get(i), source, where + "shape");
    }
    int begin = natural(offsets.get(0), source, where + "data_offsets");
    int end = natural(offsets.get(1), source, where + "data_offsets");
    int size = TensorShapes.size(lengths);
    if (size < 0 || (long) size * elements.bytes() != (long) end - begin) {
      throw damaged(
          source,
          where
              + "of shape "
              + Numbers.printable(shape.toString())
              + " and type "
              + elements
              + " does not fill its "
              + ((long) end - begin)
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

  private static int natural(JsonNode node, String source, String where) {
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw damaged(source, where + " has " + Numbers.printable(node.toString()));
    }
    return node.intValue();
  }

  /** The format asks that the tensors cover the data without overlap and without a gap. */
  private static void requireTiling(List<Entry> entries, int dataBytes, String source) {
    entries.sort(Comparator.comparingInt(Entry::begin).thenComparingInt(Entry::end));
    int covered = 0;
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

  static byte[] encode(SafetensorsFile file) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(file.tensors().entrySet());
    ordered.sort(
        Comparator.<Map.Entry<String, Tensor>>comparingInt(e -> -e.getValue().type().bytes())
            .thenComparing(Map.Entry::getKey));
    ObjectNode header = JSON.createObjectNode();
    if (!file.metadata().isEmpty()) {
      ObjectNode metadata = header.putObject(METADATA);
      file.metadata().forEach(metadata::put);
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : ordered) {
      requireWritable(entry.getKey(), entry.getValue());
      offset = putEntry(header, entry.getKey(), entry.getValue(), offset);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (LENGTH_BYTES + padded + offset > Integer.MAX_VALUE - 16) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "a safetensors file above 2 GiB");
    }
    ByteBuffer out = ByteBuffer.allocate((int) (LENGTH_BYTES + padded + offset));
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(json);
    while (out.position() < LENGTH_BYTES + padded) {
      out.put((byte) ' ');
    }
    for (Map.Entry<String, Tensor> entry : ordered) {
      putValues(out, entry.getValue());
    }
    return out.array();
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

  private static long putEntry(ObjectNode header, String name, Tensor tensor, long offset) {
    ObjectNode entry = header.putObject(name);
    entry.put("dtype", tensor.type().name());
    ArrayNode shape = entry.putArray("shape");
    for (int length : tensor.shape()) {
      shape.add(length);
    }
    long end = offset + (long) tensor.values().length * tensor.type().bytes();
    entry.putArray("data_offsets").add(offset).add(end);
    return end;
  }

  private static void putValues(ByteBuffer out, Tensor tensor) {
    for (double value : tensor.values()) {
      if (tensor.type() == TensorType.F32) {
        out.putFloat((float) value);
      } else {
        out.putDouble(value);
      }
    }
  }

  private static FjordException damaged(String source, String reason) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED, source + " is not a sound safetensors file: " + reason);
  }
}
