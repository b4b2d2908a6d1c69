package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {
  @TempDir Path folder;

  private Path file(String header, int dataBytes) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    return file(header, data.array());
  }

  private Path file(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(8 + json.length + data.length);
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("some.safetensors"), out.array());
  }

  @Test
  void roundTripIsExactAndDeterministic() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b.weight", Tensor.float32(new double[] {0.5, -2, 3, 1e-3f, 5, 6}, 3, 2));
    tensors.put("scalar", Tensor.float64(new double[] {Math.PI}));
    tensors.put("empty", Tensor.float64(new double[0], 0, 4));
    tensors.put("odd", Tensor.float32(new double[] {1, 2, 3}, 3));
    tensors.put("a \"quoted\" é", Tensor.float64(new double[] {-0.0, Double.NaN}, 2));
    SafetensorsFile written = new SafetensorsFile(tensors, Map.of("format", "fjord"));
    Path path = folder.resolve("out.safetensors");
    written.write(path);
    byte[] bytes = Files.readAllBytes(path);
    long headerLength = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertEquals(0, headerLength % 8);
    SafetensorsFile read = SafetensorsFile.read(path);
    assertEquals(tensors, read.tensors());
    assertEquals(Map.of("format", "fjord"), read.metadata());
    List<String> reversed = new ArrayList<>(tensors.keySet());
    java.util.Collections.reverse(reversed);
    Map<String, Tensor> other = new LinkedHashMap<>();
    reversed.forEach(name -> other.put(name, written.tensor(name)));
    new SafetensorsFile(other, written.metadata()).write(path);
    assertArrayEquals(bytes, Files.readAllBytes(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffjord-2d-exact", "ffjord-3d-two-blocks", "ffjord-5d-hutchinson"})
  void writesReferenceFilesByteForByte(String name) throws IOException {
    for (String part : new String[] {"model", "expected"}) {
      Path reference = TestData.resource("reference/" + name + "/" + part + ".safetensors");
      SafetensorsFile file = SafetensorsFile.read(reference);
      Path copy = folder.resolve("copy.safetensors");
      file.write(copy);
      assertArrayEquals(Files.readAllBytes(reference), Files.readAllBytes(copy), part);
    }
  }

  @Test
  void readsReferenceValues() {
    SafetensorsFile file =
        SafetensorsFile.read(TestData.resource("reference/ffjord-2d-exact/model.safetensors"));
    assertArrayEquals(
        new int[] {32, 2}, file.tensor("chain.0.odefunc.diffeq.layers.0._layer.weight").shape());
    assertEquals(
        0.5, Math.pow(file.tensor("chain.0.sqrt_end_time").values()[0], 2), 1e-6, "end time");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> file.tensor("none"), "none", "sqrt_end_time");
  }

  /** Of zeros, which take no room on most disks: its header is looked at before its contents. */
  @Test
  void aFileBeyondTwoGibibytesIsRefusedByItsHeader() throws IOException {
    Path large = folder.resolve("large.safetensors");
    long size = (1L << 31) + 100;
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(size);
    }
    assertFails(
        ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(large), Long.toString(size), "claims 0");
  }

  @Test
  void readsEveryElementType() throws IOException {
    Map<TensorType, byte[]> bytes = new LinkedHashMap<>();
    Map<TensorType, double[]> values = new LinkedHashMap<>();
    bytes.put(TensorType.BOOL, little(b -> b.put((byte) 0).put((byte) 1)));
    values.put(TensorType.BOOL, new double[] {0, 1});
    bytes.put(TensorType.U8, little(b -> b.put((byte) 255).put((byte) 1)));
    values.put(TensorType.U8, new double[] {255, 1});
    bytes.put(TensorType.I8, little(b -> b.put((byte) -128).put((byte) 127)));
    values.put(TensorType.I8, new double[] {-128, 127});
    bytes.put(TensorType.U16, little(b -> b.putShort((short) -1).putShort((short) 258)));
    values.put(TensorType.U16, new double[] {65535, 258});
    bytes.put(TensorType.I16, little(b -> b.putShort((short) -1).putShort((short) 258)));
    values.put(TensorType.I16, new double[] {-1, 258});
    bytes.put(TensorType.U32, little(b -> b.putInt(-1).putInt(7)));
    values.put(TensorType.U32, new double[] {4294967295.0, 7});
    bytes.put(TensorType.I32, little(b -> b.putInt(-1).putInt(7)));
    values.put(TensorType.I32, new double[] {-1, 7});
    bytes.put(TensorType.U64, little(b -> b.putLong(Long.MIN_VALUE).putLong(7)));
    values.put(TensorType.U64, new double[] {0x1p63, 7});
    bytes.put(TensorType.I64, little(b -> b.putLong(Long.MIN_VALUE).putLong(-7)));
    values.put(TensorType.I64, new double[] {-0x1p63, -7});
    bytes.put(TensorType.F32, little(b -> b.putFloat(0.1f).putFloat(-2)));
    values.put(TensorType.F32, new double[] {0.1f, -2});
    bytes.put(TensorType.F64, little(b -> b.putDouble(0.1).putDouble(-2)));
    values.put(TensorType.F64, new double[] {0.1, -2});
    // 1 + 2^-10 and the smallest subnormal, negative; then what bfloat16 makes of pi, and
    // -infinity.
    bytes.put(TensorType.F16, little(b -> b.putShort((short) 0x3C01).putShort((short) 0x8001)));
    values.put(TensorType.F16, new double[] {1 + 0x1p-10, -0x1p-24});
    bytes.put(TensorType.BF16, little(b -> b.putShort((short) 0x4049).putShort((short) 0xFF80)));
    values.put(TensorType.BF16, new double[] {3.140625, Double.NEGATIVE_INFINITY});
    assertEquals(TensorType.values().length, bytes.size());
    for (TensorType type : bytes.keySet()) {
      int size = 2 * type.bytes();
      String header =
          "{\"t\":{\"dtype\":\"" + type + "\",\"shape\":[2],\"data_offsets\":[0," + size + "]}}";
      Path path = file(header, bytes.getOrDefault(type, new byte[0]));
      assertArrayEquals(
          values.get(type), SafetensorsFile.read(path).tensor("t").values(), type.name());
    }
  }

  private interface Filling {
    ByteBuffer into(ByteBuffer buffer);
  }

  private static byte[] little(Filling filling) {
    ByteBuffer buffer = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    filling.into(buffer);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(buffer.array(), 0, buffer.position());
    return out.toByteArray();
  }

  @Test
  void halfPrecisionAgreesWithArithmetic() {
    for (int bits = 0; bits < 0x7C00; bits++) {
      ByteBuffer buffer = ByteBuffer.allocate(2).putShort((short) bits).flip();
      int exponent = bits >> 10;
      double fraction = (bits & 0x3FF) / 1024.0;
      double expected =
          exponent == 0 ? fraction * Math.pow(2, -14) : (1 + fraction) * Math.pow(2, exponent - 15);
      assertEquals(expected, TensorType.F16.decode(buffer, 1)[0]);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]                                                          | object",
        "{\"a\":1}                                                   | 'a'",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[1]}}                   | 'a'",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}} | 'a'",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[-1],\"data_offsets\":[0,8]}} | 'a'",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[1.5],\"data_offsets\":[0,8]}} | 'a'",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}} | 16",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,0]}} | 'a'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 'a'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999],\"data_offsets\":[0,4]}} | 'a'",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[65536,65536,65536],\"data_offsets\":[0,4]}} | 'a'",
        "{\"__metadata__\":{\"k\":1}}                                | __metadata__",
        "{\"a\":{\"dtype\":\"F32\",                                  | JSON",
        "{}{}                                                        | JSON"
      })
  void saysWhatIsWrongWithAHeader(String header, String what) throws IOException {
    Path path = file(header, 8);
    assertFails(ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(path), "some.safetensors", what);
  }

  @Test
  void overlapAndDuplicatesAndUnknownTypesAreRefused() throws IOException {
    String tensor = "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    Path twice = file("{\"a\":" + tensor + ",\"b\":" + tensor + "}", 4);
    assertFails(ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(twice), "'b'");
    Path same = file("{\"a\":" + tensor + ",\"a\":" + tensor + "}", 4);
    assertFails(ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(same));
    Path unknown = file("{\"a\":" + tensor.replace("F32", "F8_E4M3") + "}", 4);
    assertFails(ErrorKey.FILE_FORMAT, () -> SafetensorsFile.read(unknown), "F8_E4M3", "BF16");
  }

  @Test
  void headerLengthsThatLieAreRefused() throws IOException {
    Path path = folder.resolve("lies.safetensors");
    for (long length : new long[] {0, 1, 3, -1, 1L << 40, Long.MIN_VALUE}) {
      ByteBuffer out = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(path, out.putLong(length).put((byte) '{').put((byte) '}').array());
      assertFails(ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(path));
    }
    Files.write(path, new byte[3]);
    assertFails(ErrorKey.FILE_DAMAGED, () -> SafetensorsFile.read(path));
  }

  @Test
  void refusesWhatItDoesNotWrite() {
    Path path = folder.resolve("out.safetensors");
    Tensor integers = new Tensor(TensorType.I32, new int[] {1}, new double[] {1});
    assertFails(
        ErrorKey.UNSUPPORTED,
        () -> new SafetensorsFile(Map.of("i", integers), Map.of()).write(path),
        "'i'");
    Tensor fine = Tensor.float64(new double[] {1}, 1);
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new SafetensorsFile(Map.of("__metadata__", fine), Map.of()).write(path));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Tensor.float64(new double[] {1}, 2));
  }
}
