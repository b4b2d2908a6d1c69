/** Memory and weights that tapes share, and sums of gradients; not API. */
@NullMarked
package org.fjordflow.core.autodiff.internal;

import org.jspecify.annotations.NullMarked;
