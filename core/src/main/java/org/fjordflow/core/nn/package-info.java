/** Networks: parameters, layers and activations. */
@NullMarked
package org.fjordflow.core.nn;

import org.jspecify.annotations.NullMarked;
