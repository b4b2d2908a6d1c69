/** Fields, and the system that the rows of a batch make with one. No API. */
@NullMarked
package org.fjordflow.cnf.internal.field;

import org.jspecify.annotations.NullMarked;
