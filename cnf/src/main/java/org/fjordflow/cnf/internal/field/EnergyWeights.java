package org.fjordflow.cnf.internal.field;

import java.util.Arrays;

/**
 * What the parts of an energy penalty count at each time.
 *
 * @param norms of the squared norms of the field's value and of each of its tangents. Held, not
 *     modified.
 * @param hjb of {@code |dPhi/dt - |grad Phi|^2 / 2|}
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
public record EnergyWeights(double[] norms, double hjb) {

  boolean ofTangents() {
    return Arrays.stream(norms, 1, norms.length).anyMatch(weight -> weight != 0);
  }
}
