/**
 * Arrays and the few primitives that flows are computed with. {@link
 * org.fjordflow.core.backend.Backend} is the narrow waist: everything above it is independent of
 * where arrays live.
 */
@NullMarked
package org.fjordflow.core.backend;

import org.jspecify.annotations.NullMarked;
