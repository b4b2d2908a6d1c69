package org.fjordflow.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;

/**
 * Writes pages: one file of HTML with its styles, its program, its data and Apache ECharts in it.
 * It asks nothing of a network, and says so to the browser, which would refuse.
 */
public final class PageWriter {

  private static final Pattern PLACE = Pattern.compile("@(title|css|echarts|js|data)@");

  private PageWriter() {}

  /**
   * Writes a page, whole or not at all.
   *
   * @param file where to; replaced if it exists
   * @param page what is on it. Not modified.
   * @throws FjordException FILE_UNWRITABLE if the file cannot be written; UNSUPPORTED if this
   *     program was packed without the library that draws
   */
  public static void write(Path file, Page page) {
    AtomicFiles.writeText(file, html(page));
  }

  /** Returns the page as text: the template with its places filled, each once and in one go. */
  static String html(Page page) {
    return PLACE
        .matcher(resource("page.html"))
        .replaceAll(place -> Matcher.quoteReplacement(content(place.group(1), page)));
  }

  private static String content(String place, Page page) {
    return switch (place) {
      case "title" -> escaped(page.title());
      case "css" -> resource("page.css");
      case "echarts" -> resource("echarts.min.js");
      case "js" -> resource("page.js");
      case "data" -> PageJson.of(page);
      default -> throw new IllegalStateException("no content for " + place);
    };
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String resource(String name) {
    try (InputStream in = PageWriter.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FjordException(
            ErrorKey.UNSUPPORTED, "this program was packed without " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, "cannot read " + name + ": " + e, e);
    }
  }
}
