/**
 * Published initial value problems to test and compare solvers on. No API; the command and the
 * benchmarks solve them.
 */
@NullMarked
package org.fjordflow.ode.internal.problems;

import org.jspecify.annotations.NullMarked;
