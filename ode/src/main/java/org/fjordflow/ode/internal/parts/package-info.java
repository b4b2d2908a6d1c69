/**
 * Systems of independent parts, which the stepper works on one by one. No API; module cnf
 * implements them.
 */
@NullMarked
package org.fjordflow.ode.internal.parts;

import org.jspecify.annotations.NullMarked;
