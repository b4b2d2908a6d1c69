package org.fjordflow.cli.page;

import org.fjordflow.core.train.Batch;
import org.jspecify.annotations.Nullable;

/**
 * Rows that a model is held against.
 *
 * @param shown rows to draw, those that were trained on where they are known
 * @param held rows that the model was not trained on, or null where there are none
 */
public record PageRows(Batch shown, @Nullable Batch held) {}
