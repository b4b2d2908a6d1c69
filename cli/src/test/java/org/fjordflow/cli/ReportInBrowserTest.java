package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pages of every command in headless Chromium, narrow and wide, light and dark. */
final class ReportInBrowserTest {

  private static final int MOST_BYTES = 4_000_000;
  private static final String EVIL = "<script>alert(1)</script>";

  private static Browser browser;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    browser = Browser.start();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private static int inspect(Path page) throws IOException {
    assertTrue(Files.size(page) < MOST_BYTES, page + " has " + Files.size(page) + " bytes");
    int charts = browser.inspect(page, 1_400, false);
    assertEquals(charts, browser.inspect(page, 390, true));
    return charts;
  }

  @Test
  void aContinuousFlowOfThePlane() throws IOException {
    Path run = folder.resolve("moons");
    CommandRun.done(
        "train", "--data", "moons", "--steps", 8, "--set", "model.hidden=8,8", "--out", run);
    // Loss; density, data, samples; paths, grid; columns; calibration; solver.
    assertEquals(12, inspect(run.resolve("report.html")));
    Object moved =
        browser.script(
            """
            const slider = document.querySelector('.slider input');
            const said = document.querySelector('.slider output');
            const last = said.textContent;
            slider.value = '0';
            slider.dispatchEvent(new Event('input'));
            return last + ' ' + said.textContent;
            """);
    assertEquals("time 0 time 1", moved);
  }

  @Test
  void aTableOfTargetsWithAColumnNamedLikeATag() throws IOException {
    Path table = table("rows.csv", EVIL, 300);
    Path run = folder.resolve("rows");
    CommandRun.done(
        "train", "--data", table, "--target", EVIL, "--steps", 30, "--out", run, "--no-pictures");
    assertTrue(Files.notExists(run.resolve("report.html")));
    Path page = folder.resolve("page.html");
    CommandRun.done("report", run, "--out", page);
    assertTrue(inspect(page) >= 8);
    assertEquals(0L, browser.script("return document.querySelectorAll('#page script').length"));
    String text = (String) browser.script("return document.body.innerText");
    assertTrue(text.contains("Ranks of " + EVIL), text);
  }

  @Test
  void whatAFolderAloneCanGive() throws IOException {
    Path table = table("gone.csv", "y", 120);
    Path run = folder.resolve("alone");
    CommandRun.done("train", "--data", table, "--steps", 20, "--out", run, "--no-pictures");
    Files.delete(table);
    CommandRun report = CommandRun.done("report", run);
    assertTrue(report.out().contains("gone.csv, are not at hand"), report.out());
    assertEquals(1, inspect(run.resolve("report.html")), "the loss");
    String text = (String) browser.script("return document.body.innerText");
    assertTrue(text.contains("--data FILE adds them"), text);
  }

  @Test
  void aComparison() throws IOException {
    Path run = folder.resolve("compared");
    CommandRun.done(
        "compare",
        "--data",
        "moons",
        "--models",
        "maf,nsf",
        "--steps",
        5,
        "--seeds",
        2,
        "--points",
        100,
        "--out",
        run);
    // Log-likelihoods, times, data, a density each.
    assertEquals(5, inspect(run.resolve("report.html")));
  }

  @Test
  void aDetection() throws IOException {
    Path normal = table("normal.csv", EVIL, 400);
    Path judged = table("judged.csv", EVIL, 200);
    Path page = folder.resolve("detected.html");
    CommandRun.done(
        "detect",
        "--train",
        normal,
        "--data",
        judged,
        "--rate",
        0.05,
        "--time",
        "5s",
        "--out",
        folder.resolve("flags.csv"),
        "--report",
        page);
    assertTrue(inspect(page) >= 3);
  }

  /** Three columns of which the last one depends on the others. */
  private Path table(String name, String last, int rows) throws IOException {
    Random random = new Random(rows);
    StringBuilder text = new StringBuilder("a,b,\"" + last + "\"\n");
    for (int i = 0; i < rows; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      text.append(
          String.format(
              Locale.ROOT, "%.5f,%.5f,%.5f%n", a, b, a * b + 0.3 * random.nextGaussian()));
    }
    return Files.writeString(folder.resolve(name), text);
  }
}
