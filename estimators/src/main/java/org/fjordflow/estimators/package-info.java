/** Divergence of a vector field, the trace of its Jacobian: exact, or estimated with probes. */
@NullMarked
package org.fjordflow.estimators;

import org.jspecify.annotations.NullMarked;
