package org.fjordflow.cnf.internal.field;

import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/** A field's value, divergence and energy on a tape, with what they were computed from. */
record FieldEvaluation(
    Var time, Var z, @Nullable Var context, Var f, @Nullable Var trace, @Nullable Var energy) {}
