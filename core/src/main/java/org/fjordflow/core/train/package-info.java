/** Training: objectives, optimisers, schedules, the loop, its listeners and checkpoints. */
@NullMarked
package org.fjordflow.core.train;

import org.jspecify.annotations.NullMarked;
