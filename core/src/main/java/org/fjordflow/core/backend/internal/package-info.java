/** Parts of backends, and the seam of module onednn; not API. */
@NullMarked
package org.fjordflow.core.backend.internal;

import org.jspecify.annotations.NullMarked;
