/** Posteriors of the tasks of sbibm. */
@NullMarked
package org.fjordflow.bench.sbibm;

import org.jspecify.annotations.NullMarked;
