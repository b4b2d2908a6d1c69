/** One flow model for every flow: trained on rows, saved, loaded, scored and sampled. */
@NullMarked
package org.fjordflow.model;

import org.jspecify.annotations.NullMarked;
