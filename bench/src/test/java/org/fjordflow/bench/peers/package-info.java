/** Tests of fjord's side of the comparison with other libraries. */
@NullMarked
package org.fjordflow.bench.peers;

import org.jspecify.annotations.NullMarked;
