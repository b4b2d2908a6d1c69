package org.fjordflow.core.backend;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * {@link Backend#convolve} and its reverse. Of an image each pixel is written beside its neighbours
 * in the line; the products of a line of the kernel with these are then one product of matrices for
 * the whole image, since lines above and below lie at a constant distance. Lines that a stride
 * skips lie in an array of their own for the same reason. So an image takes three times its memory
 * and not nine times, which stays in a core's cache.
 *
 * <p>Images are dealt out to threads; sums over images are made in groups, by sizes alone.
 */
final class CpuConvolution {

  /** Memory of one thread. It does not hold the backend. */
  static final class Scratch {
    private CpuMatrix.@Nullable Storage lines;
    private CpuMatrix.@Nullable Storage weights;
    private int linesSize;
    private int weightsSize;

    CpuMatrix lines(CpuBackend backend, int size) {
      if (lines == null || linesSize < size) {
        lines = backend.storage(size);
        linesSize = size;
      }
      return new CpuMatrix(backend, lines, 0, 1, size);
    }

    CpuMatrix weights(CpuBackend backend, int size) {
      if (weights == null || weightsSize < size) {
        weights = backend.storage(size);
        weightsSize = size;
      }
      return new CpuMatrix(backend, weights, 0, 1, size);
    }
  }

  /** Multiplications that are worth a thread's while. */
  private static final long PART = 1 << 22;

  /** Multiplications of a sum over images from which on it is made in two. */
  private static final long GROUP = 1 << 24;

  private static final int MOST_GROUPS = 4;

  private final CpuBackend backend;

  CpuConvolution(CpuBackend backend) {
    this.backend = backend;
  }

  /**
   * Pixels of images beside their neighbours in the line, one image at a time. The lines of a
   * result's first tap are those from 0 on.
   */
  private static final class Neighbours {
    private static final int LINE = 0;
    private static final int WINDOWS = 1;

    private final Lanes lanes;
    private final CpuMatrix images;
    private final CpuMatrix lines;
    private final int height;
    private final int width;
    private final int channels;
    private final int size;
    private final int stride;
    private final int dilation;
    private final int across;
    private final int down;
    private final int set;

    // What each line of the kernel sees, one row a result.
    private final CpuMatrix[] seen;

    /**
     * Prepares memory.
     *
     * @param height lines of an image, of which every {@code dilation}th is given and the others
     *     are zeros; columns likewise
     * @param stride of results
     */
    Neighbours(
        CpuBackend backend,
        Scratch scratch,
        CpuMatrix images,
        int height,
        int width,
        int size,
        int stride,
        int dilation) {
      this.lanes = backend.lanes();
      this.images = images;
      this.height = height;
      this.width = width;
      this.channels = images.cols();
      this.size = size;
      this.stride = stride;
      this.dilation = dilation;
      this.across = (width + stride - 1) / stride;
      this.down = (height + stride - 1) / stride;
      // Lines of each remainder by the stride, with those that taps of the last result see.
      this.set = (down + (size - 1) / stride) * across * size * channels;
      this.lines = scratch.lines(backend, stride * set);
      lanes.ensure(Math.max(width + size, across * size) * channels);
      backend.fill(0, lines); // what lies outside of an image stays zero
      this.seen = new CpuMatrix[size];
      Arrays.setAll(
          seen, a -> lines.from(a % stride * set + a / stride * across * size * channels));
    }

    /** Writes an image: each line with zeros around it, of which pixels see overlapping windows. */
    void read(int image) {
      int reach = size / 2;
      int given = (width + dilation - 1) / dilation;
      int first = image * ((height + dilation - 1) / dilation) * given * channels;
      lanes.fill(LINE, 0, (width + 2 * reach) * channels);
      for (int line = 0; line < height; line += dilation) {
        int padded = line + reach;
        int target = padded % stride * set + padded / stride * across * size * channels;
        if (padded / stride >= down + (size - 1) / stride) {
          continue; // no result sees it
        }
        int source = first + line / dilation * given * channels;
        if (dilation == 1) {
          lanes.load(LINE, reach * channels, images, source, width * channels);
        } else {
          for (int i = 0; i < given; i++) {
            int to = (reach + i * dilation) * channels;
            lanes.load(LINE, to, images, source + i * channels, channels);
          }
        }
        lanes.windows(LINE, stride * channels, WINDOWS, size * channels, across);
        lanes.store(WINDOWS, lines, target, across * size * channels);
      }
    }

    int results() {
      return across * down;
    }

    int terms() {
      return size * channels;
    }
  }

  /**
   * Products of all results of an image with a weight.
   *
   * @param weight for each line of the kernel what it multiplies with, terms x outputs
   */
  private static void multiply(
      Neighbours given, CpuMatrix[] weight, double beta, CpuMatrix y, int image) {
    int terms = given.terms();
    CpuMatrix target = y.from(image * given.results() * y.cols());
    for (int a = 0; a < given.size; a++) {
      Blas.gemm(
          false,
          false,
          given.results(),
          y.cols(),
          terms,
          1,
          given.seen[a],
          terms,
          weight[a],
          y.cols(),
          a == 0 ? beta : 1,
          target,
          y.cols());
    }
  }

  /** The lines of a kernel that lie one after the other. */
  private static CpuMatrix[] lines(CpuMatrix weight, int size) {
    CpuMatrix[] lines = new CpuMatrix[size];
    Arrays.setAll(lines, a -> weight.from(a * weight.size() / size));
    return lines;
  }

  private void forEachPart(int images, long work, PartWork part) {
    int parts = (int) Math.max(1, Math.min(Math.min(images, backend.threads()), work / PART));
    backend.parallel(
        parts,
        p -> part.run((int) ((long) images * p / parts), (int) ((long) images * (p + 1) / parts)));
  }

  private interface PartWork {
    void run(int from, int to);
  }

  private static long work(CpuMatrix results, CpuMatrix weight) {
    return (long) results.rows() * weight.size();
  }

  void forward(CpuMatrix x, Backend.Window window, CpuMatrix weight, CpuMatrix y) {
    // The caller's thread alone writes it, before others read it.
    CpuMatrix transpose = backend.convolutionScratch().weights(backend, weight.size());
    weight.transposeTo(transpose);
    CpuMatrix[] lines = lines(transpose, window.size());
    forEachPart(
        x.rows() / window.pixels(),
        work(y, weight),
        (from, to) -> {
          Neighbours given = neighbours(x, window);
          for (int image = from; image < to; image++) {
            given.read(image);
            multiply(given, lines, 0, y, image);
          }
        });
  }

  private Neighbours neighbours(CpuMatrix x, Backend.Window window) {
    return new Neighbours(
        backend,
        backend.convolutionScratch(),
        x,
        window.height(),
        window.width(),
        window.size(),
        window.stride(),
        1);
  }

  void inputs(
      CpuMatrix yBar, Backend.Window window, CpuMatrix weight, boolean accumulate, CpuMatrix xBar) {
    int size = window.size();
    CpuMatrix[] turned = lines(turned(weight, size * size, xBar.cols()), size);
    forEachPart(
        xBar.rows() / window.pixels(),
        work(yBar, weight),
        (from, to) -> {
          Neighbours given =
              new Neighbours(
                  backend,
                  backend.convolutionScratch(),
                  yBar,
                  window.height(),
                  window.width(),
                  size,
                  1,
                  window.stride());
          for (int image = from; image < to; image++) {
            given.read(image);
            multiply(given, turned, accumulate ? 1 : 0, xBar, image);
          }
        });
  }

  /** The kernel from last to first tap, (taps out) x in. */
  private CpuMatrix turned(CpuMatrix weight, int taps, int in) {
    int out = weight.rows();
    CpuMatrix turned = backend.convolutionScratch().weights(backend, weight.size());
    for (int tap = 0; tap < taps; tap++) {
      for (int o = 0; o < out; o++) {
        weight.copyTo((o * taps + taps - 1 - tap) * in, turned, (tap * out + o) * in, in);
      }
    }
    return turned;
  }

  void weights(
      double alpha,
      CpuMatrix yBar,
      CpuMatrix x,
      Backend.Window window,
      double beta,
      CpuMatrix weightBar) {
    int images = x.rows() / window.pixels();
    long groups = Math.min(Math.min(MOST_GROUPS, images), 1 + work(yBar, weightBar) / GROUP);
    if (groups <= 1) {
      addWeights(alpha, yBar, neighbours(x, window), 0, images, beta, weightBar);
      return;
    }
    CpuMatrix[] sums = new CpuMatrix[(int) groups];
    Arrays.setAll(sums, g -> backend.doAllocate(weightBar.rows(), weightBar.cols()));
    backend.parallel(
        sums.length,
        g -> {
          int from = (int) ((long) images * g / sums.length);
          int to = (int) ((long) images * (g + 1) / sums.length);
          addWeights(alpha, yBar, neighbours(x, window), from, to, 0, sums[g]);
        });
    for (int g = 0; g < sums.length; g++) {
      backend.add(1, sums[g], g == 0 ? beta : 1, weightBar);
    }
  }

  private void addWeights(
      double alpha,
      CpuMatrix yBar,
      Neighbours given,
      int from,
      int to,
      double beta,
      CpuMatrix weightBar) {
    int terms = given.terms();
    int out = yBar.cols();
    if (from == to) {
      backend.rescale(beta, weightBar);
    }
    for (int image = from; image < to; image++) {
      given.read(image);
      CpuMatrix bar = yBar.from(image * given.results() * out);
      for (int a = 0; a < given.size; a++) {
        Blas.gemm(
            true,
            false,
            out,
            terms,
            given.results(),
            alpha,
            bar,
            out,
            given.seen[a],
            terms,
            image == from ? beta : 1,
            weightBar.from(a * terms),
            given.size * terms);
      }
    }
  }
}
