package org.fjordflow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class LetteringTest {
  @Test
  void strokesDrawEveryCharacterAtTheSizeOfAFont() {
    StrokeLettering strokes = new StrokeLettering();
    for (char letter = '!'; letter <= '~'; letter++) {
      Lettering.Line line = strokes.line(String.valueOf(letter), 12);
      Rectangle2D bounds = line.shape().getBounds2D();
      assertFalse(bounds.isEmpty(), "no ink for " + letter);
      assertTrue(bounds.getMinY() > -12 && bounds.getMaxY() < 4, "height of " + letter);
      assertTrue(bounds.getMinX() > -1 && bounds.getMaxX() < 10, "width of " + letter);
    }
    assertTrue(strokes.line("", 12).shape().getBounds2D().isEmpty());
    assertEquals(0, strokes.line("", 12).width());
    assertEquals(2 * strokes.line("step", 12).width(), strokes.line("step", 24).width(), 1e-12);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aMachineWithoutFontsOrWindowsDrawsEveryPicture(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path configuration = folder.resolve("fonts.conf");
    Files.writeString(configuration, "<?xml version=\"1.0\"?>\n<fontconfig/>\n");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Duser.home=" + folder, // where a JDK remembers the fonts that it once found
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Gallery.class.getName(),
            folder.toString());
    builder.environment().put("DISPLAY", ":99"); // a window system that is not there
    builder.environment().put("FONTCONFIG_FILE", configuration.toString());
    Process process = builder.redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("StrokeLettering"), output);
    for (String name : List.of("density", "samples", "paths", "grid", "training")) {
      assertTrue(ImageIO.read(folder.resolve(name + ".png").toFile()).getWidth() > 0, name);
    }
  }
}
