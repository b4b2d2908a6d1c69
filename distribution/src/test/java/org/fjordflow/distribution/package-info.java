/** Tests of what users hold: the archives, the launcher and the documents. */
@NullMarked
package org.fjordflow.distribution;

import org.jspecify.annotations.NullMarked;
