package org.fjordflow.cnf.internal.images;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;

/**
 * What is known of an image, at every pixel of it.
 *
 * @param pixels of an image
 * @param index of a row's columns, once for each pixel
 */
record AtPixels(int pixels, ColumnIndex index) {

  static AtPixels of(int pixels, int columns) {
    int[] sources = new int[pixels * columns];
    Arrays.setAll(sources, i -> i % columns);
    return new AtPixels(pixels, ColumnIndex.of(columns, sources));
  }

  /** Returns n x columns as (n pixels) x columns. */
  Var of(Tape tape, Var rows) {
    return tape.reshape(tape.gather(rows, index), rows.rows() * pixels, index.sourceCols());
  }

  /** The same, but one row for all images stays one. */
  Var orOne(Tape tape, Var rows) {
    return rows.rows() == 1 ? rows : of(tape, rows);
  }
}
