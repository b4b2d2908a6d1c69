package org.fjordflow.core.backend;

/**
 * {@link Backend#normalizeGroups} and its reverse. An image is gone through twice, or three times,
 * while it is in a core's cache; sums are of columns, and become sums of groups in the end.
 */
final class CpuGroupNorm {

  /** Elements that are worth a task of their own. */
  private static final int TASK = 1 << 15;

  // Registers by name.
  private static final int VALUE = 0;
  private static final int OTHER = 1;
  private static final int SUM = 2;
  private static final int PRODUCTS = 3;
  private static final int MEAN = 4;
  private static final int FACTOR = 5;
  private static final int SPARE = 6;

  private final CpuBackend backend;

  CpuGroupNorm(CpuBackend backend) {
    this.backend = backend;
  }

  /** Work on one image. */
  @FunctionalInterface
  private interface ImageWork {
    void run(Image image, int index);
  }

  private void forEachImage(CpuMatrix x, int pixels, CpuMatrix scale, ImageWork work) {
    int images = scale.rows();
    int parts = Math.min(Math.min(2 * backend.threads(), images), 1 + x.size() / TASK);
    backend.parallel(
        parts,
        part -> {
          Image image = new Image(backend.lanes(), pixels, x.cols(), scale.cols());
          int end = (int) ((long) images * (part + 1) / parts);
          for (int i = (int) ((long) images * part / parts); i < end; i++) {
            work.run(image, i);
          }
        });
  }

  void forward(CpuMatrix x, int pixels, double epsilon, CpuMatrix y, CpuMatrix scale) {
    forEachImage(x, pixels, scale, (image, index) -> image.forward(x, epsilon, y, scale, index));
  }

  void backward(
      CpuMatrix y,
      int pixels,
      CpuMatrix scale,
      CpuMatrix yBar,
      boolean accumulate,
      CpuMatrix xBar) {
    forEachImage(
        y,
        pixels,
        scale,
        (image, index) -> image.backward(y, scale, yBar, accumulate, xBar, index));
  }

  /** One image after the other, in the registers of one thread. */
  private static final class Image {
    private final Lanes lanes;
    private final int channels;
    private final int groups;
    private final int size;
    private final int step;

    Image(Lanes lanes, int pixels, int channels, int groups) {
      this.lanes = lanes;
      this.channels = channels;
      this.groups = groups;
      this.size = pixels * channels;
      this.step = lanes.tileRows(channels) * channels;
    }

    void forward(CpuMatrix x, double epsilon, CpuMatrix y, CpuMatrix scale, int index) {
      int from = index * size;
      int to = from + size;
      lanes.fill(SUM, 0, step);
      for (int i = from; i < to; i += step) {
        int n = Math.min(step, to - i);
        lanes.load(VALUE, x, i, n);
        lanes.addScaled(1, VALUE, SUM, n);
      }
      ofGroups(SUM, -1, MEAN);
      spread(MEAN);
      lanes.fill(SUM, 0, step);
      for (int i = from; i < to; i += step) {
        int n = Math.min(step, to - i);
        lanes.load(VALUE, x, i, n);
        lanes.addScaled(1, MEAN, VALUE, n);
        lanes.multiplyAdd(VALUE, VALUE, SUM, n);
        lanes.store(VALUE, y, i, n);
      }
      ofGroups(SUM, 1, FACTOR);
      lanes.fill(SPARE, epsilon, groups);
      lanes.addScaled(1, SPARE, FACTOR, groups);
      lanes.activate(Elementwise.SQRT, FACTOR, FACTOR, SPARE, OTHER, 0, groups);
      lanes.activate(Elementwise.RECIPROCAL, FACTOR, FACTOR, SPARE, OTHER, 0, groups);
      lanes.store(FACTOR, scale, index * groups, groups);
      spread(FACTOR);
      for (int i = from; i < to; i += step) {
        int n = Math.min(step, to - i);
        lanes.load(VALUE, y, i, n);
        lanes.multiply(VALUE, FACTOR, VALUE, n);
        lanes.store(VALUE, y, i, n);
      }
    }

    void backward(
        CpuMatrix y,
        CpuMatrix scale,
        CpuMatrix yBar,
        boolean accumulate,
        CpuMatrix xBar,
        int index) {
      int from = index * size;
      int to = from + size;
      lanes.fill(SUM, 0, step);
      lanes.fill(PRODUCTS, 0, step);
      for (int i = from; i < to; i += step) {
        int n = Math.min(step, to - i);
        lanes.load(VALUE, yBar, i, n);
        lanes.load(OTHER, y, i, n);
        lanes.addScaled(1, VALUE, SUM, n);
        lanes.multiplyAdd(VALUE, OTHER, PRODUCTS, n);
      }
      // With scale s: s yBar - s mean(yBar) - y s mean(y yBar).
      lanes.load(FACTOR, scale, index * groups, groups);
      ofGroups(SUM, -1, MEAN);
      lanes.multiply(MEAN, FACTOR, MEAN, groups);
      ofGroups(PRODUCTS, -1, SUM);
      lanes.multiply(SUM, FACTOR, SUM, groups);
      spread(FACTOR);
      spread(MEAN);
      spread(SUM);
      for (int i = from; i < to; i += step) {
        int n = Math.min(step, to - i);
        lanes.load(VALUE, yBar, i, n);
        lanes.load(OTHER, y, i, n);
        lanes.affine(VALUE, FACTOR, MEAN, n);
        lanes.multiplyAdd(OTHER, SUM, VALUE, n);
        if (accumulate) {
          lanes.load(OTHER, xBar, i, n);
          lanes.addScaled(1, OTHER, VALUE, n);
        }
        lanes.store(VALUE, xBar, i, n);
      }
    }

    /** Of what was summed by column, a factor times the mean of each group, in a register. */
    private void ofGroups(int sums, double factor, int target) {
      lanes.foldColumns(sums, step / channels, channels);
      lanes.sumRows(sums, target, groups, channels / groups);
      lanes.scale(factor * groups / size, target, groups);
    }

    /** Makes a value of each group one of each element of a tile. */
    private void spread(int r) {
      lanes.spread(r, SPARE, groups, channels / groups);
      lanes.repeat(SPARE, channels, step);
      lanes.swap(r, SPARE);
    }
  }
}
