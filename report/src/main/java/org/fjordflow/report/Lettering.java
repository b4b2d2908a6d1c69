package org.fjordflow.report;

import java.awt.Font;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.GlyphVector;

/** Turns text into shapes. */
sealed interface Lettering permits Lettering.Fonts, StrokeLettering {
  /** A line of text, its baseline at y = 0 and its start at x = 0, with y pointing down. */
  record Line(Shape shape, double width) {}

  /** Returns the outline of a line of text; {@code size} is the font size in points. */
  Line line(String text, double size);

  /**
   * Returns the lettering of this machine: its sans-serif font, or strokes of our own where there
   * is none. A JDK without fontconfig, FreeType or any font throws errors of several kinds at the
   * first text (seen: InternalError, RuntimeException, UnsatisfiedLinkError, NoClassDefFoundError),
   * so the font is tried here once and not again.
   */
  static Lettering ofMachine() {
    Headless.prefer();
    try {
      Lettering fonts = new Fonts(new Font(Font.SANS_SERIF, Font.PLAIN, 1));
      return fonts.line("0", 12).width() > 0 ? fonts : new StrokeLettering();
    } catch (RuntimeException | LinkageError | InternalError e) {
      return new StrokeLettering();
    }
  }

  /** Lettering by a font of the machine. */
  record Fonts(Font font) implements Lettering {
    @Override
    public Line line(String text, double size) {
      FontRenderContext context = new FontRenderContext(null, true, true);
      GlyphVector glyphs = font.deriveFont((float) size).createGlyphVector(context, text);
      return new Line(glyphs.getOutline(), glyphs.getLogicalBounds().getWidth());
    }
  }
}
