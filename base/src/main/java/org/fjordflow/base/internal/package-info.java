/** Shared by the modules of this project; not API. */
@NullMarked
package org.fjordflow.base.internal;

import org.jspecify.annotations.NullMarked;
