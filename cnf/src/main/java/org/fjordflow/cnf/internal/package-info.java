/** What other modules find by ServiceLoader; not for direct use. */
@NullMarked
package org.fjordflow.cnf.internal;

import org.jspecify.annotations.NullMarked;
