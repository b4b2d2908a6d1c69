/** Divergence of a vector field: exact, or estimated with random probes. */
@NullMarked
package org.fjordflow.estimators;

import org.jspecify.annotations.NullMarked;
