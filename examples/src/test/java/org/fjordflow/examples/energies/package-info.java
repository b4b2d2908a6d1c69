@NullMarked
package org.fjordflow.examples.energies;

import org.jspecify.annotations.NullMarked;
