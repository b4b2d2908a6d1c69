/** Errors and names shared by every module. */
@NullMarked
package org.fjordflow.core;

import org.jspecify.annotations.NullMarked;
