/** Models of every kind as the command sees them: by name, from folders, and in chunks of rows. */
@NullMarked
package org.fjordflow.cli.models;

import org.jspecify.annotations.NullMarked;
