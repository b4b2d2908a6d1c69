/** Bases with trained parameters, and networks of the context before a bijection; not API. */
@NullMarked
package org.fjordflow.core.flow.internal.parts;

import org.jspecify.annotations.NullMarked;
