/** What other modules find by ServiceLoader; not API. */
@NullMarked
package org.fjordflow.discrete.internal.spi;

import org.jspecify.annotations.NullMarked;
