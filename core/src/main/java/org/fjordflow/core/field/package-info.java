/** Vector fields: what solvers integrate and estimators differentiate. */
@NullMarked
package org.fjordflow.core.field;

import org.jspecify.annotations.NullMarked;
