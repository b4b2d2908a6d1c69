/** Training continuous flows without solving them. */
@NullMarked
package org.fjordflow.cnf.matching;

import org.jspecify.annotations.NullMarked;
