/** Continuous normalizing flows. */
@NullMarked
package org.fjordflow.cnf;

import org.jspecify.annotations.NullMarked;
