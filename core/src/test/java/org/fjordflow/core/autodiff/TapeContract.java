package org.fjordflow.core.autodiff;

/** What {@link Tape} must do on every backend; a test extends this class for each. */
abstract class TapeContract extends TapeLayerContract {}
