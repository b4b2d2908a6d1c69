package org.fjordflow.cnf;

import java.util.Locale;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.backend.DType;

/** Names of element types in configurations. */
final class Precision {

  private Precision() {}

  static String id(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  static DType of(String id) {
    for (DType dtype : DType.values()) {
      if (id(dtype).equals(id)) {
        return dtype;
      }
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "unknown dtype '" + id + "'; expected one of float32, float64");
  }
}
