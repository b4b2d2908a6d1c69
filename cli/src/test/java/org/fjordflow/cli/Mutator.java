package org.fjordflow.cli;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Changes files: bits, lengths, numbers and words, each a few times. */
final class Mutator {
  private static final Pattern TOKEN =
      Pattern.compile(
          "-?\\d+(\\.\\d+)?([eE][-+]?\\d+)?|\"[^\"\\n]*\"|\\btrue\\b|\\bfalse\\b|\\bnull\\b");

  /** Values of JSON, and names, which end in a colon. */
  private static final Pattern JSON = Pattern.compile("\"[^\"\\n]*\"\\s*:|" + TOKEN.pattern());

  private static final List<String> WORDS =
      List.of(
          "0",
          "-1",
          "1",
          "46341",
          "65536",
          "1000000",
          "2147483647",
          "-2147483648",
          "2147483648",
          "9223372036854775807",
          "1e308",
          "1e400",
          "-1e-400",
          "0.5",
          "null",
          "100000",
          "true",
          "\"\"",
          "[]",
          "{}",
          "[1]",
          "\"NaN\"",
          "\"\\u0000\\u001b[31m\"",
          "[null]",
          "[[1,2],[3]]",
          "[15000,15000]");

  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    127,
    128,
    255,
    256,
    32767,
    65535,
    65536,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 31,
    1L << 32,
    (1L << 40) + 3,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private Mutator() {}

  /**
   * Changes a file.
   *
   * @param bytes Not modified.
   * @param random decides how
   */
  static byte[] mutate(byte[] bytes, RandomGenerator random) {
    byte[] result = bytes.clone();
    int times = 1 + random.nextInt(3);
    // Texts that stay sound but for their words come farther.
    boolean words = bytes.length > 0 && bytes[0] == '{' && random.nextInt(5) > 0;
    for (int i = 0; i < times; i++) {
      result = words ? worded(result, JSON, random) : once(result, random);
    }
    return result;
  }

  private static byte[] once(byte[] bytes, RandomGenerator random) {
    if (bytes.length == 0) {
      return new byte[] {(byte) random.nextInt(256)};
    }
    // Heads of files say most: half of the places are among the first bytes.
    int bound = random.nextBoolean() ? Math.min(bytes.length, 96) : bytes.length;
    int at = random.nextInt(bound);
    return switch (random.nextInt(10)) {
      case 0 -> flipped(bytes, at, 1 << random.nextInt(8));
      case 1 -> flipped(bytes, at, 1 + random.nextInt(255));
      case 2 -> Arrays.copyOf(bytes, at);
      case 3 -> numbered(bytes, at, random);
      case 4 -> joined(bytes, at, new byte[0], Math.min(bytes.length, at + 1 + random.nextInt(16)));
      case 5 -> joined(bytes, at, noise(random), at);
      case 6 -> {
        int to = Math.min(bytes.length, at + 1 + random.nextInt(64));
        yield joined(bytes, to, Arrays.copyOfRange(bytes, at, to), to);
      }
      default -> worded(bytes, TOKEN, random);
    };
  }

  private static byte[] flipped(byte[] bytes, int at, int bits) {
    byte[] result = bytes.clone();
    result[at] ^= (byte) bits;
    return result;
  }

  private static byte[] noise(RandomGenerator random) {
    byte[] noise = new byte[1 + random.nextInt(24)];
    random.nextBytes(noise);
    return noise;
  }

  private static byte[] numbered(byte[] bytes, int at, RandomGenerator random) {
    byte[] result = bytes.clone();
    ByteBuffer number =
        ByteBuffer.allocate(8)
            .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long value = NUMBERS[random.nextInt(NUMBERS.length)];
    int width = 1 << random.nextInt(4);
    switch (width) {
      case 1 -> number.put((byte) value);
      case 2 -> number.putShort((short) value);
      case 4 -> number.putInt((int) value);
      default -> number.putLong(value);
    }
    System.arraycopy(number.array(), 0, result, at, Math.min(width, result.length - at));
    return result;
  }

  /** Replaces a number or a word of a text. */
  private static byte[] worded(byte[] bytes, Pattern pattern, RandomGenerator random) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    List<MatchResult> tokens = new ArrayList<>();
    pattern
        .matcher(text)
        .results()
        .filter(token -> !token.group().endsWith(":"))
        .limit(2_000)
        .forEach(tokens::add);
    if (tokens.isEmpty()) {
      return flipped(bytes, random.nextInt(bytes.length), 0xFF);
    }
    MatchResult token = tokens.get(random.nextInt(tokens.size()));
    byte[] word =
        random.nextInt(4) == 0
            ? tokens
                .get(random.nextInt(tokens.size()))
                .group()
                .getBytes(StandardCharsets.ISO_8859_1)
            : WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.ISO_8859_1);
    return joined(bytes, token.start(), word, token.end());
  }

  private static byte[] joined(byte[] bytes, int end, byte[] middle, int from) {
    byte[] result = new byte[end + middle.length + bytes.length - from];
    System.arraycopy(bytes, 0, result, 0, end);
    System.arraycopy(middle, 0, result, end, middle.length);
    System.arraycopy(bytes, from, result, end + middle.length, bytes.length - from);
    return result;
  }
}
