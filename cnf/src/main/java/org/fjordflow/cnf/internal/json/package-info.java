/** JSON of the ways to solve a flow, and of earlier formats. No API. */
@NullMarked
package org.fjordflow.cnf.internal.json;

import org.jspecify.annotations.NullMarked;
