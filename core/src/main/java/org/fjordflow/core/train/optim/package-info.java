/** Optimisers, with their settings. */
@NullMarked
package org.fjordflow.core.train.optim;

import org.jspecify.annotations.NullMarked;
