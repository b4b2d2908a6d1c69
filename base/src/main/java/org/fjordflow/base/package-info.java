/** Errors and names shared by every module. */
@NullMarked
package org.fjordflow.base;

import org.jspecify.annotations.NullMarked;
