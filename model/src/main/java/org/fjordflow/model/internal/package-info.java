/** What is found by ServiceLoader; not API. */
@NullMarked
package org.fjordflow.model.internal;

import org.jspecify.annotations.NullMarked;
