/**
 * fjord's side of the comparison with other libraries ({@code bench/compare-peers}): what exports
 * workloads, and the process that is timed.
 */
@NullMarked
package org.fjordflow.bench.peers;

import org.jspecify.annotations.NullMarked;
