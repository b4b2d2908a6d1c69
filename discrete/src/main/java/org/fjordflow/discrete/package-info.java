/** Discrete flows: planar, radial, coupling and autoregressive ones, and the parts they share. */
@NullMarked
package org.fjordflow.discrete;

import org.jspecify.annotations.NullMarked;
