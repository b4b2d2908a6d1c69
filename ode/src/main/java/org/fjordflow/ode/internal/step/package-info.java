/** The Runge-Kutta engine: a solve, its steps part by part, and what is kept of them. Not API. */
@NullMarked
package org.fjordflow.ode.internal.step;

import org.jspecify.annotations.NullMarked;
