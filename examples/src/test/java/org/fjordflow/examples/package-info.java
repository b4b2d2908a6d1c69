/** Tests of the examples: each is run on a small setting. */
@NullMarked
package org.fjordflow.examples;

import org.jspecify.annotations.NullMarked;
