package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Matrix;

/**
 * A trained array: where its value lives and where its gradient is gathered.
 *
 * @param name unique within a model, such as {@code chain.0.odefunc.diffeq.layers.0._layer.weight}
 * @param value read by computations
 * @param gradient the same shape; {@link Tape#accumulate} adds to it
 */
public record Parameter(String name, Matrix value, Matrix gradient) {}
