package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Pages in headless Chromium: what they say, ask for and draw. */
final class Browser implements AutoCloseable {

  private static final List<String> CHROMIUM = List.of("chromium", "google-chrome", "chrome");

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts a browser; the test is skipped where there is none. */
  static Browser start() {
    Optional<Path> program = CHROMIUM.stream().flatMap(Browser::onPath).findFirst();
    Optional<Path> server = onPath("chromedriver").findFirst();
    assumeTrue(
        program.isPresent() && server.isPresent(),
        "no chromium and chromedriver on the path: pages are not looked at in a browser");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(program.get().toFile());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-dev-shm-usage");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    // Found on the path, so that Selenium does not look for one on the network.
    System.setProperty("webdriver.chrome.driver", server.get().toString());
    return new Browser(new ChromeDriver(options));
  }

  private static Stream<Path> onPath(String name) {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable);
  }

  /**
   * Opens a page at a width and asserts that nothing is wrong with it: no message on the console,
   * no request but for the file itself, marks in every chart, and nothing wider than the window.
   *
   * @return the number of charts
   */
  int inspect(Path page, int width, boolean dark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    driver.get(page.toUri().toString());
    String name = page + " at " + width + ": ";
    List<String> said = new ArrayList<>();
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      said.add(entry.getMessage());
    }
    assertEquals(List.of(), said, name + "console");
    assertEquals(List.of(page.toUri().toString()), requests(), name + "requests");
    @SuppressWarnings("unchecked")
    List<String> marks =
        (List<String>)
            script("return [...document.querySelectorAll('.plot')].map(e => e.dataset.marks)");
    assertTrue(!marks.isEmpty() && !marks.contains("0") && !marks.contains(null), name + marks);
    assertEquals(
        0L,
        script("const page = document.documentElement; return page.scrollWidth - page.clientWidth"),
        name + "pixels beside the window");
    return marks.size();
  }

  private List<String> requests() {
    List<String> asked = new ArrayList<>();
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      String message = entry.getMessage();
      if (message.contains("\"Network.requestWillBeSent\"")) {
        String url = message.replaceFirst("(?s).*\"request\":\\{.*?\"url\":\"([^\"]*)\".*", "$1");
        if (!url.startsWith("data:")) {
          asked.add(url);
        }
      }
    }
    return asked;
  }

  /** Runs a script in the page and returns what it returns. */
  Object script(String text) {
    return Objects.requireNonNull(((JavascriptExecutor) driver).executeScript(text), text);
  }

  @Override
  public void close() {
    driver.quit();
  }
}
