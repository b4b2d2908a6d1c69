package org.fjordflow.core.data.internal.transport;

import java.util.Arrays;

/** The assignment of least cost, by shortest augmenting paths (Jonker and Volgenant 1987). */
public final class Assignment {

  private Assignment() {}

  /**
   * Solves for a square matrix, in time as the cube of its size.
   *
   * @param costs n x n, finite. Not modified.
   * @return the column of each row
   */
  public static int[] solve(double[][] costs) {
    int n = costs.length;
    double[] rowPrice = new double[n];
    double[] columnPrice = new double[n];
    int[] columnOf = new int[n];
    int[] rowOf = new int[n];
    Arrays.fill(columnOf, -1);
    Arrays.fill(rowOf, -1);
    double[] distance = new double[n];
    int[] before = new int[n];
    int[] open = new int[n];
    for (int free = 0; free < n; free++) {
      Arrays.fill(distance, Double.POSITIVE_INFINITY);
      Arrays.setAll(open, j -> j);
      int left = n;
      int row = free;
      double reached = 0;
      int end = -1;
      while (end < 0) {
        double least = Double.POSITIVE_INFINITY;
        int nearest = -1;
        double[] cost = costs[row];
        double offset = reached - rowPrice[row];
        for (int k = 0; k < left; k++) {
          int j = open[k];
          double through = offset + cost[j] - columnPrice[j];
          if (through < distance[j]) {
            distance[j] = through;
            before[j] = row;
          }
          if (distance[j] < least || (distance[j] == least && rowOf[j] < 0)) {
            least = distance[j];
            nearest = k;
          }
        }
        int column = open[nearest];
        open[nearest] = open[--left];
        open[left] = column; // columns from here on were visited
        reached = least;
        if (rowOf[column] < 0) {
          end = column;
        } else {
          row = rowOf[column];
        }
      }
      rowPrice[free] += reached;
      for (int k = left; k < n; k++) {
        int j = open[k];
        if (j != end) {
          rowPrice[rowOf[j]] += reached - distance[j];
        }
        columnPrice[j] -= reached - distance[j];
      }
      for (int column = end; ; ) {
        int owner = before[column];
        int next = columnOf[owner];
        rowOf[column] = owner;
        columnOf[owner] = column;
        if (owner == free) {
          break;
        }
        column = next;
      }
    }
    return columnOf;
  }
}
