package org.fjordflow.core.backend;

/**
 * Normalisation of groups of channels made of a backend's other primitives, for backends that have
 * nothing faster: groups are brought together, and are rows then.
 */
final class ComposedGroups {

  private ComposedGroups() {}

  static void normalize(
      Backend backend, Matrix x, int pixels, double epsilon, Matrix y, Matrix scale) {
    Groups groups = new Groups(backend, x, pixels, scale);
    Matrix rows = groups.gathered(x);
    Matrix normal = backend.allocate(rows.rows(), rows.cols());
    backend.normalizeRows(rows, epsilon, normal, groups.column(scale));
    groups.scatter(normal, false, y);
  }

  static void normalizeBackward(
      Backend backend,
      Matrix y,
      int pixels,
      Matrix scale,
      Matrix yBar,
      boolean accumulate,
      Matrix xBar) {
    Groups groups = new Groups(backend, y, pixels, scale);
    Matrix bars = groups.gathered(yBar);
    Matrix given = groups.gathered(y);
    Matrix sums = backend.allocate(bars.rows(), bars.cols());
    backend.normalizeRowsBackward(given, groups.column(scale), bars, false, sums);
    groups.scatter(sums, accumulate, xBar);
  }

  /** Brings images to groups and back. */
  private record Groups(Backend backend, int images, int count, ColumnIndex index) {

    Groups(Backend backend, Matrix x, int pixels, Matrix scale) {
      this(
          backend,
          x.rows() / pixels,
          scale.cols(),
          ColumnIndex.byGroup(pixels, x.cols(), scale.cols()));
    }

    Matrix column(Matrix scale) {
      return scale.view(0, images * count, 1);
    }

    Matrix gathered(Matrix x) {
      int size = index.targetCols();
      Matrix rows = backend.allocate(images, size);
      backend.gatherColumns(x.view(0, images, size), index, false, rows);
      return rows.view(0, images * count, size / count);
    }

    void scatter(Matrix rows, boolean accumulate, Matrix y) {
      int size = index.targetCols();
      backend.scatterColumns(
          rows.view(0, images, size), index, accumulate, y.view(0, images, size));
    }
  }
}
