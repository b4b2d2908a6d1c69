/** Shared by networks; not API. */
@NullMarked
package org.fjordflow.core.nn.internal;

import org.jspecify.annotations.NullMarked;
