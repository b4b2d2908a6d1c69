/** The flow of noise that makes whole numbers continuous; not API. */
@NullMarked
package org.fjordflow.model.internal.noise;

import org.jspecify.annotations.NullMarked;
