/** The search for events in a step that has been tried. Not API. */
@NullMarked
package org.fjordflow.ode.internal.event;

import org.jspecify.annotations.NullMarked;
