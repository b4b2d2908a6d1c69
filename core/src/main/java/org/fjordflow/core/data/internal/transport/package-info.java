/** Which rows of one sample belong to which of another one; not API. */
@NullMarked
package org.fjordflow.core.data.internal.transport;

import org.jspecify.annotations.NullMarked;
