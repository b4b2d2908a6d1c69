package org.fjordflow.report;

/** Keeps drawing into memory from looking for a window system. */
final class Headless {
  private static final String PROPERTY = "java.awt.headless";

  private Headless() {}

  /**
   * Sets the JDK's switch for work without windows where nobody has set it: otherwise the first use
   * of a font or an image fails where DISPLAY names a window system that is not there. A process
   * that already shows windows is not changed by it.
   */
  static void prefer() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, "true");
    }
  }
}
