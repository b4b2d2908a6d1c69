/** Benchmarks. */
@NullMarked
package org.fjordflow.bench;

import org.jspecify.annotations.NullMarked;
