/** Parts of posterior estimators. */
@NullMarked
package org.fjordflow.inference.simulation.internal;

import org.jspecify.annotations.NullMarked;
