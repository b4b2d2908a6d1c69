/** What other modules of the project find or use; no API. */
@NullMarked
package org.fjordflow.cnf.internal;

import org.jspecify.annotations.NullMarked;
