package org.fjordflow.discrete;

/** What happens to columns before each coupling layer. */
public enum Mixing {
  /** Nothing: layers transform the second and the first half in turn. */
  ALTERNATE,
  /** A drawn permutation and a trained {@link LuLinear}. */
  LINEAR,
  /** {@link ActNorm}, a drawn permutation and a trained {@link LuLinear}: a step of Glow. */
  NORMALIZED_LINEAR
}
