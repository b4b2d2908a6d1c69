package org.fjordflow.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The versions of what computes, so that a result can be traced to them. */
final class Versions implements IVersionProvider {

  /** Returns versions by name: fjord, Java, libraries, operating system. */
  static Map<String, String> all() {
    Properties built = new Properties();
    try (InputStream in = Versions.class.getResourceAsStream("versions.properties")) {
      if (in != null) {
        built.load(in);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Map<String, String> versions = new LinkedHashMap<>();
    for (String name : new String[] {"fjord", "hipparchus", "openblas"}) {
      versions.put(name, built.getProperty(name, "unknown"));
    }
    versions.put("java", Runtime.version() + ", " + System.getProperty("java.vendor"));
    versions.put("system", System.getProperty("os.name") + ", " + System.getProperty("os.arch"));
    return versions;
  }

  @Override
  public String[] getVersion() {
    return all().entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .toArray(String[]::new);
  }
}
