/** What is found by ServiceLoader; not API. */
@NullMarked
package org.fjordflow.core.model.internal.spi;

import org.jspecify.annotations.NullMarked;
