/** Assertions that the tests of every module use. */
@NullMarked
package org.fjordflow.base.testing;

import org.jspecify.annotations.NullMarked;
