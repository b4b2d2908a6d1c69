/** Helpers for tests of this module and of those above it. */
@NullMarked
package org.fjordflow.core.testing;

import org.jspecify.annotations.NullMarked;
