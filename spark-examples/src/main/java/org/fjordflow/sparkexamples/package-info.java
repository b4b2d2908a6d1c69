/** Programs that use flows in Apache Spark, and a cluster on one machine. */
@NullMarked
package org.fjordflow.sparkexamples;

import org.jspecify.annotations.NullMarked;
