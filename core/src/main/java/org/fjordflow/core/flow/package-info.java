/** Flows: distributions, bijections, and a density made of both. */
@NullMarked
package org.fjordflow.core.flow;

import org.jspecify.annotations.NullMarked;
