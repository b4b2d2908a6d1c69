package org.fjordflow.estimators;

/** XTrace for one matrix A: the estimates that leave out one test vector each. */
final class LeaveOneOut {

  private final Frame basis;
  private final double[][] tests;
  private final double[][] images;
  private final double[][] basisImages;
  private final double[][] projected;

  /**
   * Takes all products there are.
   *
   * @param basis Q, an orthonormal basis of the images
   * @param tests the test vectors
   * @param images A times the test vectors
   * @param basisImages A Q; vectors beyond the size of the basis are not used
   */
  LeaveOneOut(Frame basis, double[][] tests, double[][] images, double[][] basisImages) {
    this.basis = basis;
    this.tests = tests;
    this.images = images;
    this.basisImages = basisImages;
    projected = new double[basis.size()][basis.size()];
    for (int a = 0; a < basis.size(); a++) {
      for (int b = 0; b < basis.size(); b++) {
        projected[a][b] = Frame.dot(basis.get(a), basisImages[b]);
      }
    }
  }

  double[] estimates() {
    double[] estimates = new double[tests.length];
    for (int i = 0; i < tests.length; i++) {
      estimates[i] = without(i);
    }
    return estimates;
  }

  /** The trace on the range of the other images, and what test vector i says of the rest. */
  private double without(int i) {
    Frame others = new Frame(basis.size(), tests.length);
    for (int j = 0; j < tests.length; j++) {
      if (j != i && others.size() < basis.size()) {
        others.add(coordinates(images[j]), 0);
      }
    }
    double known = 0;
    double[] test = coordinates(tests[i]);
    double[] rest = tests[i].clone();
    double[] image = images[i].clone();
    for (int c = 0; c < others.size(); c++) {
      double[] q = others.get(c);
      known += form(q);
      double component = Frame.dot(q, test);
      for (int a = 0; a < q.length; a++) {
        Frame.subtract(component * q[a], basis.get(a), rest);
        Frame.subtract(component * q[a], basisImages[a], image);
      }
    }
    // The direction of the rest is uniform; its length is noise, and taken out.
    int freedom = rest.length - others.size();
    return known + freedom * Frame.dot(rest, image) / Frame.dot(rest, rest);
  }

  /** Coordinates in the basis, which spans all images. */
  private double[] coordinates(double[] v) {
    double[] x = new double[basis.size()];
    for (int a = 0; a < x.length; a++) {
      x[a] = Frame.dot(basis.get(a), v);
    }
    return x;
  }

  private double form(double[] q) {
    double sum = 0;
    for (int a = 0; a < q.length; a++) {
      sum += q[a] * Frame.dot(projected[a], q);
    }
    return sum;
  }
}
