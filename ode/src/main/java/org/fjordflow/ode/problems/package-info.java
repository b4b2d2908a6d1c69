/** Published initial value problems to test and compare solvers on. */
@NullMarked
package org.fjordflow.ode.problems;

import org.jspecify.annotations.NullMarked;
