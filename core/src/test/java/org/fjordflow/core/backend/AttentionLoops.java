package org.fjordflow.core.backend;

/** {@link Backend#attention} and its reverse as their Javadoc has them, in plain loops. */
final class AttentionLoops {

  final Values y;
  final Values qkvBar;
  private final Values qkv;
  private final Values yBar;
  private final int tokens;
  private final int size;
  private final int width;

  /** Computes both. */
  AttentionLoops(Values qkv, int tokens, int heads, Values yBar) {
    this.qkv = qkv;
    this.yBar = yBar;
    this.tokens = tokens;
    this.width = yBar.cols;
    this.size = width / heads;
    this.y = Values.zeros(yBar.rows, width);
    this.qkvBar = Values.zeros(qkv.rows, qkv.cols);
    for (int i = 0; i < qkv.rows; i++) {
      for (int head = 0; head < width; head += size) {
        query(i, head);
      }
    }
  }

  private double dot(Values a, int i, int aColumn, Values b, int j, int bColumn) {
    double sum = 0;
    for (int c = 0; c < size; c++) {
      sum += a.get(i, aColumn + c) * b.get(j, bColumn + c);
    }
    return sum;
  }

  private static void add(Values target, int i, int column, double value) {
    target.set(i, column, target.get(i, column) + value);
  }

  private void query(int i, int head) {
    int first = i / tokens * tokens;
    double root = Math.sqrt(size);
    double[] p = new double[i - first + 1];
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = first; j <= i; j++) {
      p[j - first] = dot(qkv, i, head, qkv, j, width + head) / root;
      largest = Math.max(largest, p[j - first]);
    }
    double sum = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] = Math.exp(p[j] - largest);
      sum += p[j];
    }
    double mean = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] /= sum;
      mean += p[j] * dot(yBar, i, head, qkv, first + j, 2 * width + head);
    }
    for (int j = 0; j < p.length; j++) {
      int key = first + j;
      double scoreBar = p[j] * (dot(yBar, i, head, qkv, key, 2 * width + head) - mean) / root;
      for (int c = head; c < head + size; c++) {
        add(y, i, c, p[j] * qkv.get(key, 2 * width + c));
        add(qkvBar, key, 2 * width + c, p[j] * yBar.get(i, c));
        add(qkvBar, i, c, scoreBar * qkv.get(key, width + c));
        add(qkvBar, key, width + c, scoreBar * qkv.get(i, c));
      }
    }
  }
}
