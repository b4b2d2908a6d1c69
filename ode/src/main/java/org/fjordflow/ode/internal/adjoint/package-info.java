/** The ways back through solves. Not API. */
@NullMarked
package org.fjordflow.ode.internal.adjoint;

import org.jspecify.annotations.NullMarked;
