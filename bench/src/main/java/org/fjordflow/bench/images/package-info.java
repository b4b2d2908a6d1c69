/** Flows of images: pictures to train on, and a judge of samples. */
@NullMarked
package org.fjordflow.bench.images;

import org.jspecify.annotations.NullMarked;
