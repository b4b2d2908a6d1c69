/** Products in float32 by oneDNN: a faster {@link org.fjordflow.core.backend.CpuBackend}. */
@NullMarked
package org.fjordflow.onednn;

import org.jspecify.annotations.NullMarked;
