package org.fjordflow.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.fjordflow.core.data.internal.Numbers;
import org.junit.jupiter.api.Test;

/** Numbers as text against Java's own reading of them. */
class NumberTextTest {
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?");
  private static final Pattern SPECIAL = Pattern.compile("(?i)[+-]?(?:nan|inf|infinity)");

  private final NumberText numbers = new NumberText(Tables.ReadOptions.defaults());

  private void check(String text, String seed) {
    boolean decimal = DECIMAL.matcher(text).matches();
    boolean special = SPECIAL.matcher(text).matches();
    assertEquals(decimal || special, numbers.read(text), seed + ": '" + text + "'");
    assertEquals(
        decimal || special,
        Numbers.isNumber(text.toCharArray(), 0, text.length()),
        seed + ": '" + text + "'");
    if (decimal) {
      assertEquals(
          Double.doubleToRawLongBits(Double.parseDouble(text)),
          Double.doubleToRawLongBits(numbers.value()),
          seed + ": '" + text + "'");
    }
  }

  @Test
  void readsWhatTheGrammarSaysAndNothingElse() {
    long seed = 31;
    SplittableRandom random = new SplittableRandom(seed);
    String some = "00123456789+-..eExXdfpnaiNI_ ";
    for (int round = 0; round < 200_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(1, 9); text.length() < length; ) {
        text.append(some.charAt(random.nextInt(some.length())));
      }
      check(text.toString(), "seed " + seed);
    }
    for (String text :
        new String[] {
          "NaN",
          "-inf",
          "+Infinity",
          "1d",
          "0x1p3",
          "0x10",
          "-0x1.8p1",
          "1_000",
          "1e",
          "e5",
          "",
          "+",
          ".",
          "-.",
          "1.e5",
          "١٢",
          "1 ",
          " 1",
          "infinit",
          "-nan",
          "1e5000",
          "1e-5000"
        }) {
      check(text, "fixed");
    }
  }

  @Test
  void bitsAreThoseOfDouble() {
    long seed = 37;
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 100_000; round++) {
      double any = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(any)) {
        check(Double.toString(any), "seed " + seed);
        check(String.valueOf((float) any), "seed " + seed);
      }
      // Digits beyond a double's, and halfway between two.
      check(
          random.nextLong(1L << 53, Long.MAX_VALUE)
              + "."
              + random.nextLong(Long.MAX_VALUE)
              + "e"
              + random.nextInt(-340, 300),
          "seed " + seed);
    }
    assertTrue(numbers.read("9007199254740993"));
    assertEquals(9007199254740992.0, numbers.value());
  }
}
