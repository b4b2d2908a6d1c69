/** Inference with flows: posteriors of models and of simulators, and how good they are. */
@NullMarked
package org.fjordflow.inference;

import org.jspecify.annotations.NullMarked;
