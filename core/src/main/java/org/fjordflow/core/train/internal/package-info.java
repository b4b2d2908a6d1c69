/** What trainings keep and save; not API. */
@NullMarked
package org.fjordflow.core.train.internal;

import org.jspecify.annotations.NullMarked;
