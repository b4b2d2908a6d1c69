/** Parts that discrete flows are made of, for flows of your own. */
@NullMarked
package org.fjordflow.discrete.parts;

import org.jspecify.annotations.NullMarked;
