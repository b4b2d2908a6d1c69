package org.fjordflow.cli.plot;

import java.awt.Color;

/** The colours of all pictures: P. Tol's bright scheme, told apart by most colour-blind people. */
final class Palette {
  static final Color INK = new Color(0x222222);
  static final Color CYAN = new Color(0x33aadd);
  static final Color BLUE = new Color(0x4477aa);
  static final Color RED = new Color(0xee6677);
  static final Color GREEN = new Color(0x228833);
  static final Color PURPLE = new Color(0xaa3377);

  private Palette() {}

  static Color translucent(Color colour, double opacity) {
    return new Color(
        colour.getRed(), colour.getGreen(), colour.getBlue(), (int) Math.round(255 * opacity));
  }
}
