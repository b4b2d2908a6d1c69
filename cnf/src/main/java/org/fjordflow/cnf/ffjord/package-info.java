/** Models that FFJORD's code trained. */
@NullMarked
package org.fjordflow.cnf.ffjord;

import org.jspecify.annotations.NullMarked;
