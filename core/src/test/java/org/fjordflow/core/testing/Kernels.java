package org.fjordflow.core.testing;

import java.util.Set;
import org.fjordflow.core.backend.BlasInfo;

/** What the bits of products depend on. */
public final class Kernels {

  /** Those that sum what a column gets in one order, wherever the column is. */
  private static final Set<String> ALIKE = Set.of("SkylakeX", "Cooperlake", "SapphireRapids");

  private Kernels() {}

  /**
   * Returns by how much numbers of a row may differ that are computed by float32 products of rows
   * as columns, alone and beside others: not at all with OpenBLAS's kernels for AVX-512.
   *
   * @param otherwise what other kernels may differ by
   */
  public static double rounding(double otherwise) {
    return ALIKE.contains(BlasInfo.read().kernel()) ? 0 : otherwise;
  }
}
