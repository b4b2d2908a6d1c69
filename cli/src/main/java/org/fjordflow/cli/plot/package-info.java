/**
 * The pictures that training leaves in its folder, drawn from plain arrays: nothing here knows of
 * flows. All of it works on images in memory; the command's main class sets {@code
 * java.awt.headless} before the first picture, so that no window system is looked for. Text is
 * drawn as outlines, so that a machine without any font still gets complete pictures.
 */
@NullMarked
package org.fjordflow.cli.plot;

import org.jspecify.annotations.NullMarked;
