package org.fjordflow.report;

import java.awt.Color;
import java.util.List;

/** The colours of all pictures: P. Tol's bright scheme, told apart by most colour-blind people. */
final class Palette {
  static final Color INK = new Color(0x222222);
  static final Color CYAN = new Color(0x33aadd);
  static final Color BLUE = new Color(0x4477aa);
  static final Color RED = new Color(0xee6677);
  static final Color GREEN = new Color(0x228833);
  static final Color PURPLE = new Color(0xaa3377);

  /** For many curves: P. Tol's muted scheme without its palest, and three more. */
  static final List<Color> SERIES =
      List.of(
          new Color(0x332288),
          new Color(0xcc6677),
          new Color(0x117733),
          new Color(0xee7733),
          new Color(0x88ccee),
          new Color(0x882255),
          new Color(0x44aa99),
          new Color(0x999933),
          new Color(0xaa4499),
          new Color(0xddaa33),
          new Color(0x0077bb),
          new Color(0x777777));

  private Palette() {}

  static Color translucent(Color colour, double opacity) {
    return new Color(
        colour.getRed(), colour.getGreen(), colour.getBlue(), (int) Math.round(255 * opacity));
  }
}
