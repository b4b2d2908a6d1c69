/** Checks of configurations; not API. */
@NullMarked
package org.fjordflow.core.model.internal;

import org.jspecify.annotations.NullMarked;
