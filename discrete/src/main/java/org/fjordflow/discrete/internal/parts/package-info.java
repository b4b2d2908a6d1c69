/**
 * Bijections that discrete flows are made of. No API: {@link
 * org.fjordflow.discrete.parts.Bijections} makes them.
 */
@NullMarked
package org.fjordflow.discrete.internal.parts;

import org.jspecify.annotations.NullMarked;
