/**
 * Models as they are saved: configurations as JSON, and folders that hold them with their values.
 */
@NullMarked
package org.fjordflow.core.model;

import org.jspecify.annotations.NullMarked;
