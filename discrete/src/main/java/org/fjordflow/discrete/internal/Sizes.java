package org.fjordflow.discrete.internal;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;

/** Checks that configurations share. */
public final class Sizes {

  private Sizes() {}

  /**
   * Checks the sizes of a flow.
   *
   * @throws FjordException INVALID_CONFIGURATION for fewer columns than least, a negative context,
   *     no layers, or hidden sizes that are not positive
   */
  public static void require(
      String what, int least, int dim, int contextSize, int layers, List<Integer> hidden) {
    if (dim == 1 && least == 2) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          what
              + " needs at least 2 columns of data, given 1; autoregressive and continuous flows take one (maf, nsf-ar, ffjord)");
    }
    if (dim < least
        || contextSize < 0
        || layers < 1
        || hidden.stream().anyMatch(size -> size < 1)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s of dimension %d, context %d, %d layers, hidden sizes %s; expected at least %d, 0, 1 and positive ones"
              .formatted(what, dim, contextSize, layers, hidden, least));
    }
  }

  /**
   * Checks that a part of a configuration is there, which one from a file need not be.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is absent
   */
  public static void requireGiven(String name, @Nullable Object part) {
    ConfigChecks.require(part != null, name, part, "a value");
  }

  /**
   * Checks that a transform is there and maps numbers.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is absent, or one of angles
   */
  public static void requireTransform(@Nullable ColumnTransform transform) {
    ConfigChecks.require(
        transform != null && !transform.isOnCircle(),
        "transform",
        transform,
        "a transform of numbers; columns that are angles are named by circular");
  }
}
