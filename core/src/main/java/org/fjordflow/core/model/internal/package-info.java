/** Configurations as JSON, their checks, and the services that name them; not API. */
@NullMarked
package org.fjordflow.core.model.internal;

import org.jspecify.annotations.NullMarked;
