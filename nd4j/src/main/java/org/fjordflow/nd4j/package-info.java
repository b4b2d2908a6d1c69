/** The backend on ND4J's operations, found under the name {@code nd4j}. */
@NullMarked
package org.fjordflow.nd4j;

import org.jspecify.annotations.NullMarked;
