/** The solution between the steps. Not API. */
@NullMarked
package org.fjordflow.ode.internal.dense;

import org.jspecify.annotations.NullMarked;
