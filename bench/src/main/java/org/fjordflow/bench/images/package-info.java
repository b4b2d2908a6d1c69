/** Training steps of flows of images; see {@code bench/compare-images}. */
@NullMarked
package org.fjordflow.bench.images;

import org.jspecify.annotations.NullMarked;
