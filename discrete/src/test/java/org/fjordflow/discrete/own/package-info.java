/** A family as a user's jar brings it: public API alone. */
@NullMarked
package org.fjordflow.discrete.own;

import org.jspecify.annotations.NullMarked;
