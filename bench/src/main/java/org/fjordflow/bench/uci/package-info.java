/** Conditional densities on UCI's regression sets. */
@NullMarked
package org.fjordflow.bench.uci;

import org.jspecify.annotations.NullMarked;
