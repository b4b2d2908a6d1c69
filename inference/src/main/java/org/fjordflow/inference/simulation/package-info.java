/** Posteriors from simulations: estimators that are trained once and asked for any observation. */
@NullMarked
package org.fjordflow.inference.simulation;

import org.jspecify.annotations.NullMarked;
