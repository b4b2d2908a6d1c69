/** Pages of models, comparisons and detections, made of what their folders and their rows say. */
@NullMarked
package org.fjordflow.cli.page;

import org.jspecify.annotations.NullMarked;
