/** The coefficients of Runge-Kutta methods. No API. */
@NullMarked
package org.fjordflow.ode.internal.method;

import org.jspecify.annotations.NullMarked;
