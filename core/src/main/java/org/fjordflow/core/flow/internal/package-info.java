/** Rows and elements of matrices as arrays, for what is built on flows; not API. */
@NullMarked
package org.fjordflow.core.flow.internal;

import org.jspecify.annotations.NullMarked;
