package org.fjordflow.cnf.internal.json;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cnf.internal.field.FieldSystem;
import org.fjordflow.ode.ErrorNorm;

/** The error norms that a configuration can name. */
public enum FlowNorm {
  /** The root mean square over positions, log-determinants and energies, where there are any. */
  RMS("rms", ErrorNorm.rootMeanSquare()),
  /** The root mean square over positions alone: all integrals are under no control. */
  STATE("state", ErrorNorm.rootMeanSquare().over(FieldSystem.POSITIONS)),
  /** The largest of the groups' root mean squares. */
  MIXED("mixed", ErrorNorm.mixed()),
  /** The largest component of any row. */
  LARGEST("largest", ErrorNorm.largest());

  private final String id;

  @SuppressWarnings("ImmutableEnumChecker") // its lists are copies that cannot be changed
  private final ErrorNorm norm;

  FlowNorm(String id, ErrorNorm norm) {
    this.id = id;
    this.norm = norm;
  }

  public String id() {
    return id;
  }

  public ErrorNorm norm() {
    return norm;
  }

  /** Returns the names, to be read. */
  static String names() {
    return Arrays.stream(values()).map(FlowNorm::id).collect(Collectors.joining(", "));
  }

  /**
   * Finds a norm.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is none of those there are
   */
  public static FlowNorm of(String id) {
    return Arrays.stream(values())
        .filter(norm -> norm.id.equals(id))
        .findFirst()
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_CONFIGURATION,
                    Suggestions.unknown(
                        "error norm", id, Arrays.stream(values()).map(FlowNorm::id).toList())));
  }
}
