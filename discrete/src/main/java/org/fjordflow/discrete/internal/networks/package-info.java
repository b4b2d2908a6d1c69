/** Parts of networks of discrete layers; not API. */
@NullMarked
package org.fjordflow.discrete.internal.networks;

import org.jspecify.annotations.NullMarked;
