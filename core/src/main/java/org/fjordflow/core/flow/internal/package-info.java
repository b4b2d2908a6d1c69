/** Shared by the packages of flows; not API. */
@NullMarked
package org.fjordflow.core.flow.internal;

import org.jspecify.annotations.NullMarked;
