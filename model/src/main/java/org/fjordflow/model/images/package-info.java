/** Images as data: files of them, what their numbers stand for, and flows that suit them. */
@NullMarked
package org.fjordflow.model.images;

import org.jspecify.annotations.NullMarked;
