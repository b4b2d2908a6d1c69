/** How samples compare: tests and distances of two samples. */
@NullMarked
package org.fjordflow.inference.evaluation;

import org.jspecify.annotations.NullMarked;
