/** What services of this module are found by. */
@NullMarked
package org.fjordflow.inference.internal;

import org.jspecify.annotations.NullMarked;
