/** Flows of images: times beside other libraries, and samples judged by a classifier. */
@NullMarked
package org.fjordflow.bench.images;

import org.jspecify.annotations.NullMarked;
