package org.fjordflow.core.data.internal.transport;

import java.util.Arrays;

/**
 * The assignment of least cost, by shortest augmenting paths (Jonker and Volgenant 1987) from
 * prices of an auction.
 */
public final class Assignment {

  /** Steps of the auction, as parts of the largest cost, the last one over the number of rows. */
  private static final double COARSEST = 0.05;

  private static final double FINEST = 0.1;

  /** How much smaller each step is than the one before. */
  private static final double FALL = 5;

  /** Bids of a step at most, for each row. */
  private static final int BIDS = 20;

  private Assignment() {}

  /**
   * Solves for a square matrix, in time as the cube of its size.
   *
   * @param costs n x n, finite. Not modified.
   * @return the column of each row
   */
  public static int[] solve(double[][] costs) {
    int n = costs.length;
    double[] columnPrice = prices(costs);
    double[] rowPrice = new double[n];
    int[] columnOf = new int[n];
    int[] rowOf = new int[n];
    Arrays.fill(columnOf, -1);
    Arrays.fill(rowOf, -1);
    for (int i = 0; i < n; i++) {
      double[] cost = costs[i];
      double least = Double.POSITIVE_INFINITY;
      int nearest = -1;
      for (int j = 0; j < n; j++) {
        double reduced = cost[j] - columnPrice[j];
        if (reduced < least) {
          least = reduced;
          nearest = j;
        }
      }
      rowPrice[i] = least;
      if (rowOf[nearest] < 0) {
        rowOf[nearest] = i;
        columnOf[i] = nearest;
      }
    }
    double[] distance = new double[n];
    int[] before = new int[n];
    int[] open = new int[n];
    for (int free = 0; free < n; free++) {
      if (columnOf[free] >= 0) {
        continue;
      }
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

  /**
   * Returns prices of the columns near those of the least assignment, by an auction with falling
   * steps (Bertsekas 1988): any prices would do, near ones leave the shorter paths.
   */
  private static double[] prices(double[][] costs) {
    int n = costs.length;
    double[] price = new double[n];
    double most = 0;
    for (double[] cost : costs) {
      for (double value : cost) {
        most = Math.max(most, Math.abs(value));
      }
    }
    int[] rowOf = new int[n];
    int[] waiting = new int[n];
    double last = most * FINEST / n;
    for (double step = most * COARSEST; n > 1 && step > last; step /= FALL) {
      Arrays.fill(rowOf, -1);
      Arrays.setAll(waiting, i -> i);
      int left = n;
      long bids = (long) BIDS * n;
      while (left > 0 && bids-- > 0) {
        int row = waiting[--left];
        double[] cost = costs[row];
        double least = Double.POSITIVE_INFINITY;
        double second = Double.POSITIVE_INFINITY;
        int nearest = 0;
        for (int j = 0; j < n; j++) {
          double reduced = cost[j] - price[j];
          if (reduced < second) {
            if (reduced < least) {
              second = least;
              least = reduced;
              nearest = j;
            } else {
              second = reduced;
            }
          }
        }
        price[nearest] -= second - least + step;
        if (rowOf[nearest] >= 0) {
          waiting[left++] = rowOf[nearest];
        }
        rowOf[nearest] = row;
      }
    }
    return price;
  }
}
