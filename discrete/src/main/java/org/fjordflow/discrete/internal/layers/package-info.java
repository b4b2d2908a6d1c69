/** Layers of the families; not API. */
@NullMarked
package org.fjordflow.discrete.internal.layers;

import org.jspecify.annotations.NullMarked;
