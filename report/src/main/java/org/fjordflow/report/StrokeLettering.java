package org.fjordflow.report;

import java.awt.BasicStroke;
import java.awt.geom.Path2D;

/**
 * Plain letters of straight strokes, for machines without fonts. Capitals are drawn as small
 * letters; a character that is not in the table is drawn as a box.
 */
record StrokeLettering() implements Lettering {
  /** Grid units: capitals are 6 high, so that they look as large as a font's at the same size. */
  private static final double UNITS_PER_SIZE = 8.4;

  private static final int BASELINE = 2;
  private static final double GAP = 1.7;
  private static final double SPACE = 2.5;

  @Override
  public Line line(String text, double size) {
    double unit = size / UNITS_PER_SIZE;
    Path2D path = new Path2D.Double();
    double start = 0;
    for (int i = 0; i < text.length(); i++) {
      char letter = text.charAt(i);
      if (letter == ' ') {
        start += SPACE;
        continue;
      }
      int widest = 0;
      for (String stroke : strokes(Character.toLowerCase(letter)).split("\\|", -1)) {
        boolean first = true;
        for (String point : stroke.split(" ", -1)) {
          int column = point.charAt(0) - '0';
          widest = Math.max(widest, column);
          double x = (start + column) * unit;
          double y = (BASELINE - (point.charAt(1) - '0')) * unit;
          if (first) {
            path.moveTo(x, y);
          } else {
            path.lineTo(x, y);
          }
          first = false;
        }
      }
      start += widest + GAP;
    }
    BasicStroke pen =
        new BasicStroke((float) (0.75 * unit), BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    return new Line(pen.createStrokedShape(path), Math.max(0, start - GAP) * unit);
  }

  /** Strokes parted by bars, points parted by blanks: column, then height above the descenders. */
  private static String strokes(char letter) {
    return switch (letter) {
      case '0' -> "12 03 07 18 38 47 43 32 12";
      case '1' -> "06 28 22|02 42";
      case '2' -> "07 18 38 47 46 02 42";
      case '3' -> "08 48 25 35 44 43 32 12 03";
      case '4' -> "32 38 04 44";
      case '5' -> "48 08 05 35 44 43 32 12 03";
      case '6' -> "47 38 18 07 03 12 32 43 44 35 15 04";
      case '7' -> "08 48 12";
      case '8' -> "15 06 07 18 38 47 46 35 15 04 03 12 32 43 44 35";
      case '9' -> "03 12 32 43 47 38 18 07 06 15 35 46";
      case 'a' -> "06 16 36 45 42|44 14 03 12 32 43";
      case 'b' -> "08 02|05 16 36 45 43 32 12 03";
      case 'c' -> "45 36 16 05 03 12 32 43";
      case 'd' -> "48 42|45 36 16 05 03 12 32 43";
      case 'e' -> "04 44 45 36 16 05 03 12 32 43";
      case 'f' -> "38 28 17 12|06 36";
      case 'g' -> "45 36 16 05 03 12 32 43|46 41 30 10 01";
      case 'h' -> "08 02|05 16 36 45 42";
      case 'i' -> "02 06|08 08";
      case 'j' -> "16 11 00|18 18";
      case 'k' -> "08 02|36 04 32";
      case 'l' -> "08 03 12";
      case 'm' -> "02 06|05 16 25 22|25 36 45 42";
      case 'n' -> "02 06|05 16 36 45 42";
      case 'o' -> "12 03 05 16 36 45 43 32 12";
      case 'p' -> "00 06|05 16 36 45 43 32 12 03";
      case 'q' -> "40 46|45 36 16 05 03 12 32 43";
      case 'r' -> "02 06|04 16 26";
      case 's' -> "45 36 16 05 14 34 43 32 12 03";
      case 't' -> "18 13 22 32|06 36";
      case 'u' -> "06 03 12 32 43|46 42";
      case 'v' -> "06 22 46";
      case 'w' -> "06 12 25 32 46";
      case 'x' -> "06 42|02 46";
      case 'y' -> "06 22|46 10 00";
      case 'z' -> "06 46 02 42";
      case '.' -> "02 03 13 12 02";
      case ',' -> "12 01";
      case ':' -> "05 06 16 15 05|02 03 13 12 02";
      case '-' -> "04 34";
      case '+' -> "04 44|26 22";
      case '=' -> "05 45|03 43";
      case '/' -> "02 38";
      case '(' -> "18 07 03 12";
      case ')' -> "08 17 13 02";
      case '_' -> "01 41";
      default -> "02 42 46 06 02";
    };
  }
}
