package org.fjordflow.bench.images;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RadialGradientPaint;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import javax.imageio.ImageIO;
import org.fjordflow.report.PictureWriter;

/**
 * Makes a folder of colour photographs: scenes that are drawn with light, haze and grain, kept as
 * JPEG files as a camera does, and cut into small pictures, a sub-folder for each kind of scene.
 * The same arguments give the same pictures on one machine.
 */
public final class Photographs {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 192;
  private static final int CUTS = 24;
  private static final double GRAIN = 6;
  private static final int WHITE = 255;

  private final RandomGenerator random;

  private Photographs(RandomGenerator random) {
    this.random = random;
  }

  /** Kinds of scenes. */
  private enum Scene {
    COAST(1),
    HILLS(2),
    STREET(3),
    FRUIT(4);

    private final long seed;

    Scene(long seed) {
      this.seed = seed;
    }
  }

  /**
   * Makes them.
   *
   * @param args the folder; lines and columns of a picture; how many there are of each kind
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      throw new IllegalArgumentException("expected FOLDER SIZE COUNT");
    }
    make(Path.of(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]));
  }

  private static void make(Path folder, int size, int count) throws IOException {
    System.setProperty("java.awt.headless", "true");
    for (Scene scene : Scene.values()) {
      Path own = folder.resolve(scene.name().toLowerCase(Locale.ROOT));
      Files.createDirectories(own);
      RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(scene.seed);
      Path file = Files.createTempFile(folder, "scene", ".jpg");
      BufferedImage photograph = null;
      for (int i = 0; i < count; i++) {
        if (photograph == null || i % CUTS == 0) {
          if (!ImageIO.write(new Photographs(random).draw(scene), "jpg", file.toFile())) {
            throw new IOException("this JDK writes no JPEG files");
          }
          photograph = ImageIO.read(file.toFile());
        }
        BufferedImage cut = cut(photograph, size, random);
        Path target = own.resolve("%04d.%s".formatted(i, i % 2 == 0 ? "png" : "jpg"));
        if (i % 2 == 0) {
          PictureWriter.write(target, cut);
        } else {
          ImageIO.write(cut, "jpg", target.toFile());
        }
      }
      Files.delete(file);
    }
  }

  /** A square of the photograph, made small. */
  private static BufferedImage cut(BufferedImage from, int size, RandomGenerator random) {
    int side = HEIGHT / 2 + random.nextInt(HEIGHT / 2);
    int left = random.nextInt(WIDTH - side);
    int top = random.nextInt(HEIGHT - side);
    BufferedImage small = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = small.createGraphics();
    pen.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    pen.drawImage(from, 0, 0, size, size, left, top, left + side, top + side, null);
    pen.dispose();
    return small;
  }

  private BufferedImage draw(Scene scene) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D pen = picture.createGraphics();
    pen.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    switch (scene) {
      case COAST -> coast(pen);
      case HILLS -> hills(pen);
      case STREET -> street(pen);
      case FRUIT -> fruit(pen);
    }
    pen.dispose();
    grain(picture);
    return picture;
  }

  private double between(double least, double most) {
    return least + (most - least) * random.nextDouble();
  }

  private Color colour(double hue, double saturation, double brightness) {
    return Color.getHSBColor(
        (float) (hue + between(-0.03, 0.03)),
        (float) (saturation * between(0.8, 1)),
        (float) (brightness * between(0.8, 1)));
  }

  private void ground(Graphics2D pen, double top, double bottom, Color above, Color below) {
    pen.setPaint(new GradientPaint(0, (float) top, above, 0, (float) bottom, below));
    pen.fill(new Rectangle2D.Double(0, top, WIDTH, bottom - top));
  }

  private void coast(Graphics2D pen) {
    double horizon = between(0.35, 0.6) * HEIGHT;
    ground(pen, 0, horizon, colour(0.6, 0.7, 0.9), colour(0.08, 0.5, 1));
    ball(pen, between(0, WIDTH), between(0.2, 0.9) * horizon, between(8, 20), colour(0.1, 0.5, 1));
    ground(pen, horizon, 0.85 * HEIGHT, colour(0.55, 0.6, 0.7), colour(0.55, 0.8, 0.4));
    ground(pen, 0.85 * HEIGHT, HEIGHT, colour(0.1, 0.4, 0.8), colour(0.1, 0.5, 0.6));
  }

  private void hills(Graphics2D pen) {
    ground(pen, 0, HEIGHT, colour(0.58, 0.4, 1), colour(0.15, 0.2, 1));
    for (int k = 0; k < 4; k++) {
      Path2D ridge = new Path2D.Double();
      double height = (0.35 + 0.15 * k) * HEIGHT;
      double phase = between(0, 2 * Math.PI);
      double length = between(25, 60);
      ridge.moveTo(0, HEIGHT);
      for (int x = 0; x <= WIDTH; x += 4) {
        ridge.lineTo(x, height + 12 * Math.sin(x / length + phase) + between(-1, 1));
      }
      ridge.lineTo(WIDTH, HEIGHT);
      // What is far is pale.
      pen.setPaint(colour(0.3, 0.25 + 0.15 * k, 0.8 - 0.15 * k));
      pen.fill(ridge);
    }
  }

  private void street(Graphics2D pen) {
    ground(pen, 0, HEIGHT, colour(0.62, 0.3, 0.5), colour(0.05, 0.3, 0.8));
    for (double left = 0; left < WIDTH; left += 36) {
      double top = between(0.15, 0.6) * HEIGHT;
      pen.setPaint(colour(0.05, 0.5, 0.5));
      pen.fill(new Rectangle2D.Double(left, top, 34, HEIGHT - top));
      for (double y = top + 6; y < 0.8 * HEIGHT; y += 14) {
        for (double x = left + 5; x < left + 30; x += 10) {
          pen.setPaint(random.nextDouble() < 0.4 ? colour(0.14, 0.6, 1) : colour(0.6, 0.3, 0.2));
          pen.fill(new Rectangle2D.Double(x, y, 6, 9));
        }
      }
    }
    ground(pen, 0.85 * HEIGHT, HEIGHT, colour(0.6, 0.1, 0.4), colour(0.6, 0.1, 0.2));
  }

  private void fruit(Graphics2D pen) {
    ground(pen, 0, HEIGHT, colour(0.09, 0.3, 0.9), colour(0.07, 0.6, 0.5));
    for (int k = 0; k < 9; k++) {
      double radius = between(18, 40);
      double x = between(0, WIDTH);
      double y = between(0.2, 1) * HEIGHT;
      pen.setPaint(new Color(0, 0, 0, 70));
      pen.fill(new Ellipse2D.Double(x - radius + 6, y - radius / 2 + 8, 2 * radius, 1.6 * radius));
      ball(pen, x, y, radius, colour(random.nextInt(3) * 0.12, 0.9, 0.9));
    }
  }

  /** Lit from the upper left. */
  private static void ball(Graphics2D pen, double x, double y, double radius, Color colour) {
    pen.setPaint(
        new RadialGradientPaint(
            (float) (x - radius / 3),
            (float) (y - radius / 3),
            (float) (1.5 * radius),
            new float[] {0, 0.4f, 1},
            new Color[] {Color.WHITE, colour, colour.darker().darker()}));
    pen.fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius));
  }

  private void grain(BufferedImage picture) {
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        double light = GRAIN * random.nextGaussian();
        for (int c = 0; c < 3; c++) {
          double value =
              picture.getRaster().getSample(x, y, c) + light + GRAIN / 2 * random.nextGaussian();
          picture
              .getRaster()
              .setSample(x, y, c, (int) Math.max(0, Math.min(WHITE, Math.rint(value))));
        }
      }
    }
  }
}
