/** Batched initial value problems: methods, solves, statistics and adjoints. */
@NullMarked
package org.fjordflow.ode;

import org.jspecify.annotations.NullMarked;
