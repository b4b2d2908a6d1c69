package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.Arrays;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.report.ImageSheet;
import org.fjordflow.report.PictureWriter;

/**
 * The handwritten digits of UCI's set optdigits: 8 x 8 pixels of 17 grey levels, which a flow sees
 * on (-1, 1), with their classes one-hot.
 */
final class Digits {

  static final ImageShape SHAPE = new ImageShape(8, 8, 1);
  static final int CLASSES = 10;
  static final Dequantization PIXELS = new Dequantization(17, new Dequantization.Linear(-1, 1));

  private static final int WHITE = 255;
  private static final int ZOOM = 4;

  private Digits() {}

  /** Reads digits: levels from 0 to 16, and classes. */
  static Batch read(Path file) {
    double[][] table = Tables.read(file).rows();
    double[][] levels = new double[table.length][];
    double[][] classes = new double[table.length][];
    for (int i = 0; i < table.length; i++) {
      levels[i] = Arrays.copyOf(table[i], SHAPE.size());
      classes[i] = oneHot((int) table[i][SHAPE.size()]);
    }
    return new Batch(levels, classes);
  }

  static double[] oneHot(int digit) {
    double[] row = new double[CLASSES];
    row[digit] = 1;
    return row;
  }

  static double[][] classes(Batch digits) {
    double[][] classes = digits.context();
    if (classes == null) {
      throw new IllegalStateException("digits come with their classes");
    }
    return classes;
  }

  /** Digits as a flow sees them, each pixel anywhere in its level, fresh in every step. */
  static BatchSource anywhere(BatchSource digits) {
    return (step, size, streams) -> {
      Batch batch = digits.batch(step, size, streams);
      // Epochs and steps count from 0 upwards: what is below is free for the noise.
      double[][] rows = PIXELS.apply(batch.rows(), streams.generator(Purpose.DATA, -step));
      return new Batch(rows, classes(batch));
    };
  }

  /** Digits as a flow sees them, each pixel in the middle of its level. */
  static Batch centred(Batch digits) {
    double[][] rows = new double[digits.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] =
          Arrays.stream(digits.rows()[i])
              .map(level -> PIXELS.scale().apply((level + 0.5) / PIXELS.levels()))
              .toArray();
    }
    return new Batch(rows, classes(digits));
  }

  /** Writes digits as a flow sees them into a picture, with a column for each class. */
  static void write(Path png, double[][] digits) {
    double[][] grey = new double[digits.length][];
    for (int i = 0; i < grey.length; i++) {
      grey[i] =
          Arrays.stream(digits[i])
              .map(y -> WHITE * Math.max(0, Math.min(1, PIXELS.scale().undo(y))))
              .toArray();
    }
    PictureWriter.write(png, ImageSheet.draw(SHAPE, ImageSpec.GREY_LEVELS, grey, CLASSES, ZOOM));
  }
}
