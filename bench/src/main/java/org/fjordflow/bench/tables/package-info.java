/** Tables with columns of every kind. */
@NullMarked
package org.fjordflow.bench.tables;

import org.jspecify.annotations.NullMarked;
