/**
 * Differentiation: forward-mode tangents that travel with their value, and a reverse sweep through
 * both, over a few coarse operations on reused memory.
 */
@NullMarked
package org.fjordflow.core.autodiff;

import org.jspecify.annotations.NullMarked;
