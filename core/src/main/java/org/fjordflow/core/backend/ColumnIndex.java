package org.fjordflow.core.backend;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.util.ArithmeticUtils;

/**
 * Which column of a source each column of a target comes from, if any: a permutation, a choice of
 * columns, or the patches of an image, whose surroundings are zeros. Made once and used often.
 */
public final class ColumnIndex {

  /** Stands for no column: the target is zero there. */
  public static final int NONE = -1;

  /** A run of neighbouring columns. */
  @FunctionalInterface
  public interface Run {
    /**
     * Takes a run.
     *
     * @param from first column of the source
     * @param to first column of the target
     * @param count number of columns, at least 1
     */
    void accept(int from, int to, int count);
  }

  private final int sourceCols;
  private final int[] sources;
  private final int block;

  private ColumnIndex(int sourceCols, int[] sources) {
    this.sourceCols = sourceCols;
    this.sources = sources;
    this.block = block(sources);
  }

  /** The greatest length of equal blocks that are each a run, or all from nowhere. */
  private static int block(int[] sources) {
    int block = sources.length;
    for (int j = 1; j < sources.length && block > 1; j++) {
      boolean nowhere = sources[j] == NONE && sources[j - 1] == NONE;
      boolean goesOn = sources[j] == sources[j - 1] + 1 && sources[j - 1] != NONE;
      if (!nowhere && !goesOn) {
        block = ArithmeticUtils.gcd(block, j);
      }
    }
    return Math.max(1, block);
  }

  /**
   * Makes an index.
   *
   * @param sourceCols number of columns of the source
   * @param sources for each column of the target its column of the source, or {@link #NONE}. Not
   *     modified.
   * @throws FjordException INVALID_ARGUMENT if the source has no such column
   */
  public static ColumnIndex of(int sourceCols, int... sources) {
    for (int source : sources) {
      if (source < NONE || source >= sourceCols) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column %d of %d; expected one from 0 to %d, or %d for none"
                .formatted(source, sourceCols, sourceCols - 1, NONE));
      }
    }
    return new ColumnIndex(sourceCols, sources.clone());
  }

  /**
   * Makes the index that brings groups of channels together.
   *
   * @param pixels of an image, whose columns are pixel by pixel, channels fastest
   * @param channels of a pixel
   * @param groups of neighbouring channels; they divide these
   * @return the columns of one group after those of the other, pixel by pixel in each
   */
  public static ColumnIndex byGroup(int pixels, int channels, int groups) {
    int size = channels / groups;
    int[] sources = new int[pixels * channels];
    Arrays.setAll(
        sources, i -> i / size % pixels * channels + i / (pixels * size) * size + i % size);
    return of(sources.length, sources);
  }

  /** Returns the number of columns of the source. */
  public int sourceCols() {
    return sourceCols;
  }

  /** Returns the number of columns of the target. */
  public int targetCols() {
    return sources.length;
  }

  /**
   * A divisor of the target's columns: as many, from each multiple of it on, come from neighbouring
   * columns in their order, or all from nowhere.
   */
  int block() {
    return block;
  }

  /** The source of each column, to be read only. */
  int[] sources() {
    return sources;
  }

  /**
   * Gives the longest runs in which source and target both go up by one, and nothing for columns
   * that come from nowhere.
   *
   * @param run called for each of them, in the order of the target
   */
  public void forEachRun(Run run) {
    int start = 0;
    while (start < sources.length) {
      int end = start + 1;
      if (sources[start] != NONE) {
        while (end < sources.length && sources[end] == sources[end - 1] + 1) {
          end++;
        }
        run.accept(sources[start], start, end - start);
      }
      start = end;
    }
  }

  @Override
  public String toString() {
    return "ColumnIndex[" + sourceCols + " columns: " + Arrays.toString(sources) + "]";
  }
}
