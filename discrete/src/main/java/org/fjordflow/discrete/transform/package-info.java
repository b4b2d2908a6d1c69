/** Functions of single columns, which coupling and autoregressive layers apply. */
@NullMarked
package org.fjordflow.discrete.transform;

import org.jspecify.annotations.NullMarked;
