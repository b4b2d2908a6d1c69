/** The fjord command. */
@NullMarked
package org.fjordflow.cli;

import org.jspecify.annotations.NullMarked;
