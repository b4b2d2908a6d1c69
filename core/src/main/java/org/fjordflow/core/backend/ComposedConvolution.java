package org.fjordflow.core.backend;

/**
 * Convolutions made of a backend's other primitives, for backends that have nothing faster: patches
 * of all pixels in one array, and one product.
 */
final class ComposedConvolution {

  private ComposedConvolution() {}

  static void forward(Backend backend, Matrix x, Backend.Window window, Matrix weight, Matrix y) {
    backend.gemm(false, true, 1, patches(backend, x, window), weight, 0, y);
  }

  private static Matrix patches(Backend backend, Matrix x, Backend.Window window) {
    int images = x.rows() / window.pixels();
    ColumnIndex index = window.patches(x.cols());
    Matrix patches = backend.allocate(images, index.targetCols());
    Matrix rows = x.view(0, images, window.pixels() * x.cols());
    backend.gatherColumns(rows, index, false, patches);
    return patches.view(0, images * window.results(), window.taps() * x.cols());
  }

  static void inputs(
      Backend backend,
      Matrix yBar,
      Backend.Window window,
      Matrix weight,
      boolean accumulate,
      Matrix xBar) {
    int images = xBar.rows() / window.pixels();
    ColumnIndex index = window.patches(xBar.cols());
    Matrix patches = backend.allocate(yBar.rows(), weight.cols());
    backend.gemm(false, false, 1, yBar, weight, 0, patches);
    Matrix rows = xBar.view(0, images, window.pixels() * xBar.cols());
    backend.scatterColumns(patches.view(0, images, index.targetCols()), index, accumulate, rows);
  }

  static void weights(
      Backend backend,
      double alpha,
      Matrix yBar,
      Matrix x,
      Backend.Window window,
      double beta,
      Matrix weightBar) {
    backend.gemm(true, false, alpha, yBar, patches(backend, x, window), beta, weightBar);
  }
}
