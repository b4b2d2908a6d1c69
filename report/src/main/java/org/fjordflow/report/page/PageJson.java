package org.fjordflow.report.page;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** A page as JSON that may stand in a page: short numbers, and no character that ends a script. */
final class PageJson {

  /** Digits of numbers that are drawn: finer than a pixel. */
  private static final MathContext DIGITS = new MathContext(5, RoundingMode.HALF_EVEN);

  /** Digits of single numbers, such as ends of axes and times in seconds. */
  private static final MathContext EXACT = new MathContext(12, RoundingMode.HALF_EVEN);

  private PageJson() {}

  static String of(Page page) {
    try {
      return harmless(mapper().writeValueAsString(page));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records have JSON", e);
    }
  }

  /**
   * Escapes what HTML reads in a script (the beginning of any tag or comment) and the two line ends
   * that JSON knows and early JavaScript does not. Outside of strings JSON has none of them.
   */
  private static String harmless(String json) {
    return json.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  private static ObjectMapper mapper() {
    SimpleModule numbers = new SimpleModule();
    numbers.addSerializer(
        double[].class,
        new JsonSerializer<double[]>() {
          @Override
          public void serialize(double[] values, JsonGenerator json, SerializerProvider serializers)
              throws IOException {
            json.writeStartArray();
            for (double value : values) {
              write(value, DIGITS, json);
            }
            json.writeEndArray();
          }
        });
    JsonSerializer<Double> single =
        new JsonSerializer<>() {
          @Override
          public void serialize(Double value, JsonGenerator json, SerializerProvider serializers)
              throws IOException {
            write(value, EXACT, json);
          }
        };
    numbers.addSerializer(Double.class, single);
    numbers.addSerializer(double.class, single);
    return JsonMapper.builder().addModule(numbers).build();
  }

  /** Writes a number with few digits; null for one that is not finite. */
  private static void write(double value, MathContext digits, JsonGenerator json)
      throws IOException {
    if (!Double.isFinite(value)) {
      json.writeNull();
      return;
    }
    if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      json.writeNumber((long) value);
      return;
    }
    String text = new BigDecimal(value, digits).stripTrailingZeros().toString();
    json.writeNumber(text.replace("E+", "E"));
  }
}
