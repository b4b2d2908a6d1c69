/** Work-precision measurements: what methods cost for what error, on problems and flows. */
@NullMarked
package org.fjordflow.cli.solvers;

import org.jspecify.annotations.NullMarked;
