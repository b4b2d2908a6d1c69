/** Fields of images: networks of convolutions that depend on time. */
@NullMarked
package org.fjordflow.cnf.internal.images;

import org.jspecify.annotations.NullMarked;
