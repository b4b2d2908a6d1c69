/** Solves by Hipparchus' integrators as they are. Not API. */
@NullMarked
package org.fjordflow.ode.internal.hipparchus;

import org.jspecify.annotations.NullMarked;
