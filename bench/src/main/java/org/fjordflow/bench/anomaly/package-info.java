/** Anomaly detection on ADBench's sets; see {@code bench/anomaly}. */
@NullMarked
package org.fjordflow.bench.anomaly;

import org.jspecify.annotations.NullMarked;
