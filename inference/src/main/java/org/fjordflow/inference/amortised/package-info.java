/** Variational autoencoders whose posteriors are flows, with parameters that the encoder gives. */
@NullMarked
package org.fjordflow.inference.amortised;

import org.jspecify.annotations.NullMarked;
