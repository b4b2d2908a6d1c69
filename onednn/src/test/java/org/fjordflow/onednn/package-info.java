/** Tests of oneDNN's products. */
@NullMarked
package org.fjordflow.onednn;

import org.jspecify.annotations.NullMarked;
