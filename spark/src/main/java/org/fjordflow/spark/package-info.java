/** Flows in Apache Spark's pipelines: trained on a sample, and scored and sampled on executors. */
@NullMarked
package org.fjordflow.spark;

import org.jspecify.annotations.NullMarked;
