/** The four energies in the plane of Rezende and Mohamed (2015), fitted by flows. */
@NullMarked
package org.fjordflow.examples.energies;

import org.jspecify.annotations.NullMarked;
