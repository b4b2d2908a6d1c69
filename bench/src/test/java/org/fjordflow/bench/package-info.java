/** Tests that the benchmarks run, and that memory is flat. */
@NullMarked
package org.fjordflow.bench;

import org.jspecify.annotations.NullMarked;
