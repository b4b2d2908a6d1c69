/**
 * Pictures of densities, samples, paths and training, drawn from plain arrays: nothing here knows
 * of flows. All of it works on images in memory: the first picture sets the system property {@code
 * java.awt.headless} to true where it is not set, so that no window system is looked for. Text is
 * drawn as outlines, so that a machine without any font still gets complete pictures.
 */
@NullMarked
package org.fjordflow.report;

import org.jspecify.annotations.NullMarked;
