/** How near fields that are matched carry one sample to another; see {@code bench/matching}. */
@NullMarked
package org.fjordflow.bench.matching;

import org.jspecify.annotations.NullMarked;
