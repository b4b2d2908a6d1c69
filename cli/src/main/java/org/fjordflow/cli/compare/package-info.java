/** Comparison runs: several models trained alike on the same rows, and judged on the same rows. */
@NullMarked
package org.fjordflow.cli.compare;

import org.jspecify.annotations.NullMarked;
