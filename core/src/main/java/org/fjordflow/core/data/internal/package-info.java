/**
 * Formats of files, and what reading and writing them shares; not API. Knows no {@link
 * org.fjordflow.core.data.Table}: {@link org.fjordflow.core.data.Tables} makes tables of it.
 */
@NullMarked
package org.fjordflow.core.data.internal;

import org.jspecify.annotations.NullMarked;
