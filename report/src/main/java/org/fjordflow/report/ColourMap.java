package org.fjordflow.report;

/**
 * Colour maps that grow evenly brighter, for people who see colours differently and for black and
 * white print: matplotlib's (S. van der Walt and N. Smith, public domain), here by nine of their
 * colours with straight lines between.
 */
enum ColourMap {
  /** From dark violet through green to yellow. */
  VIRIDIS(0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725),
  /** From black through purple and orange to pale yellow. */
  MAGMA(0x000004, 0x1c1044, 0x4f127b, 0x812581, 0xb5367a, 0xe55064, 0xfb8761, 0xfec287, 0xfcfdbf);

  private static final int UNKNOWN = 0xb0b0b0;

  @SuppressWarnings("ImmutableEnumChecker") // never written after construction, never handed out
  private final int[] anchors;

  ColourMap(int... anchors) {
    this.anchors = anchors;
  }

  /**
   * Returns a colour.
   *
   * @param share the place in the map: 0 is darkest, 1 brightest; what lies outside is moved to the
   *     nearest end; NaN is grey
   * @return the colour as 0xRRGGBB
   */
  int rgb(double share) {
    if (Double.isNaN(share)) {
      return UNKNOWN;
    }
    double place = Math.max(0, Math.min(1, share)) * (anchors.length - 1);
    int below = Math.min((int) place, anchors.length - 2);
    double part = place - below;
    int colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int low = (anchors[below] >> shift) & 0xff;
      int high = (anchors[below + 1] >> shift) & 0xff;
      colour |= (int) Math.round(low + part * (high - low)) << shift;
    }
    return colour;
  }
}
