/** Benchmarks: JMH's for speed, and a program for the memory of a gradient. */
@NullMarked
package org.fjordflow.bench;

import org.jspecify.annotations.NullMarked;
