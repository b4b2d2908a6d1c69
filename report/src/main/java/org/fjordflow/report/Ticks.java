package org.fjordflow.report;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Round numbers along an axis. */
final class Ticks {
  /** A place on an axis and what is written there. */
  record Tick(double value, String label) {}

  private Ticks() {}

  /**
   * Returns about {@code wanted} ticks inside the interval, at multiples of 1, 2 or 5 times a power
   * of ten.
   */
  static List<Tick> within(Interval interval, int wanted) {
    double rough = interval.length() / wanted;
    int exponent = (int) Math.floor(Math.log10(rough));
    double mantissa = rough / Math.pow(10, exponent);
    int factor = mantissa <= 1.5 ? 1 : mantissa <= 3.5 ? 2 : mantissa <= 7.5 ? 5 : 10;
    if (factor == 10) {
      factor = 1;
      exponent++;
    }
    BigDecimal step = BigDecimal.valueOf(factor).scaleByPowerOfTen(exponent);
    double slack = 1e-9 * interval.length();
    BigDecimal first =
        new BigDecimal(interval.min() - slack).divide(step, 0, RoundingMode.CEILING).multiply(step);
    double largest = Math.max(Math.abs(interval.min()), Math.abs(interval.max()));
    List<Tick> ticks = new ArrayList<>();
    for (BigDecimal at = first;
        at.doubleValue() <= interval.max() + slack && ticks.size() <= 2 * wanted + 2;
        at = at.add(step)) {
      ticks.add(new Tick(at.doubleValue(), label(at, exponent, largest)));
    }
    return ticks;
  }

  /**
   * Returns at most {@code wanted} ticks at powers of ten inside an interval of logarithms to base
   * 10; where fewer than two lie inside, those at 2 and 5 times a power as well.
   */
  static List<Tick> decades(Interval logs, int wanted) {
    int step = (int) Math.ceil(logs.length() / wanted);
    List<Tick> ticks = new ArrayList<>();
    int first = (int) Math.ceil(logs.min());
    for (int e = Math.floorDiv(first + step - 1, step) * step; e <= logs.max(); e += step) {
      ticks.add(new Tick(e, "1e" + e));
    }
    if (ticks.size() < 2) {
      ticks.clear();
      for (int e = first - 1; e <= logs.max(); e++) {
        for (int factor : new int[] {1, 2, 5}) {
          double place = e + Math.log10(factor);
          if (place >= logs.min() && place <= logs.max()) {
            ticks.add(new Tick(place, factor + "e" + e));
          }
        }
      }
    }
    return ticks;
  }

  private static String label(BigDecimal value, int exponent, double largest) {
    if (value.signum() == 0) {
      return "0";
    }
    if (largest >= 1e5 || largest < 1e-3) {
      int digits = Math.max(0, (int) Math.floor(Math.log10(largest)) - exponent);
      String text = String.format(Locale.ROOT, "%." + Math.min(digits, 9) + "e", value);
      return text.replaceFirst("e\\+?(-?)0*(?=\\d)", "e$1");
    }
    return value.setScale(Math.max(0, -exponent), RoundingMode.HALF_EVEN).toPlainString();
  }
}
