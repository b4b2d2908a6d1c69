/** Small programs that show the library at work. */
@NullMarked
package org.fjordflow.examples;

import org.jspecify.annotations.NullMarked;
