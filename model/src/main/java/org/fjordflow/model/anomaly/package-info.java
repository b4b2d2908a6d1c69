/** Rows unlike those that a model was trained on, with false alarms that keep to a wanted rate. */
@NullMarked
package org.fjordflow.model.anomaly;

import org.jspecify.annotations.NullMarked;
