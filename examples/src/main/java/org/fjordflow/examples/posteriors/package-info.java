/** Posteriors of posteriordb, written as targets, and a table of how well flows fit them. */
@NullMarked
package org.fjordflow.examples.posteriors;

import org.jspecify.annotations.NullMarked;
