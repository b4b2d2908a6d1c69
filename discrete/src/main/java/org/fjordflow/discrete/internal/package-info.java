/** Shared by the packages of discrete flows; not API. */
@NullMarked
package org.fjordflow.discrete.internal;

import org.jspecify.annotations.NullMarked;
