/** Rules about the modules and packages of the whole project. */
@NullMarked
package org.fjordflow.architecture;

import org.jspecify.annotations.NullMarked;
