/**
 * Initial value problems: methods, solves, statistics and adjoints. The packages named internal are
 * no API.
 */
@NullMarked
package org.fjordflow.ode;

import org.jspecify.annotations.NullMarked;
