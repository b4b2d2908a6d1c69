package org.fjordflow.distribution;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Java program that stands in a document. CONTRIBUTING.md says how blocks become programs: a
 * block with {@code main} is one as it is; any other is the body of one, behind the lines of the
 * comment above it.
 *
 * @param place document and line
 * @param name of its class
 * @param source of one compilation unit
 */
record DocumentedProgram(String place, String name, String source) {
  private static final Pattern BLOCK =
      Pattern.compile(
          "(?:<!-- java(?<directive>[^\\n]*)\\n(?<hidden>.*?)-->\\s*)?```java\\n(?<code>.*?)\\n```",
          Pattern.DOTALL);
  private static final Pattern MAIN = Pattern.compile("static void main\\(");
  private static final Pattern CLASS = Pattern.compile("(?:class|record|enum) (\\w+)");
  private static final Pattern IMPORT = Pattern.compile("(?m)^import [^;]+;\\n?");
  private static final Pattern REPLACED = Pattern.compile("\\[(.+?) => (.+?)\\]");

  /** What a fragment may name without an import. */
  private static final List<String> PACKAGES =
      List.of(
          "java.nio.file",
          "java.time",
          "java.util",
          "java.util.random",
          "java.util.stream",
          "org.fjordflow.base",
          "org.fjordflow.cnf",
          "org.fjordflow.cnf.matching",
          "org.fjordflow.core.autodiff",
          "org.fjordflow.core.backend",
          "org.fjordflow.core.data",
          "org.fjordflow.core.field",
          "org.fjordflow.core.flow",
          "org.fjordflow.core.model",
          "org.fjordflow.core.nn",
          "org.fjordflow.core.train",
          "org.fjordflow.discrete",
          "org.fjordflow.discrete.parts",
          "org.fjordflow.discrete.transform",
          "org.fjordflow.estimators",
          "org.fjordflow.inference",
          "org.fjordflow.inference.amortised",
          "org.fjordflow.inference.evaluation",
          "org.fjordflow.inference.simulation",
          "org.fjordflow.model",
          "org.fjordflow.model.anomaly",
          "org.fjordflow.model.images",
          "org.fjordflow.ode",
          "org.fjordflow.onednn",
          "org.fjordflow.report");

  /** Returns the programs of a document, in their order. */
  static List<DocumentedProgram> of(Path document) throws IOException {
    String text = Files.readString(document);
    List<DocumentedProgram> programs = new ArrayList<>();
    Matcher block = BLOCK.matcher(text);
    StringBuilder before = new StringBuilder();
    while (block.find()) {
      String directive = block.group("directive") == null ? "" : block.group("directive");
      String code = replaced(block.group("code"), directive);
      String hidden = block.group("hidden") == null ? "" : block.group("hidden");
      if (!directive.contains("goes on")) {
        before.setLength(0);
      }
      before.append(hidden).append('\n').append(code).append('\n');
      long line = text.substring(0, block.start("code")).lines().count() + 1;
      String place = document.getFileName() + ":" + line;
      String name = document.getFileName().toString().replaceAll("\\W", "_") + "_" + line;
      programs.add(
          MAIN.matcher(code).find()
              ? whole(place, code)
              : fragment(place, name, before.toString()));
    }
    return programs;
  }

  private static DocumentedProgram whole(String place, String code) {
    Matcher type = CLASS.matcher(code);
    if (!type.find()) {
      throw new AssertionError(place + ": no class around main");
    }
    return new DocumentedProgram(place, type.group(1), code);
  }

  private static DocumentedProgram fragment(String place, String name, String code) {
    StringBuilder source = new StringBuilder();
    IMPORT.matcher(code).results().forEach(found -> source.append(found.group()));
    PACKAGES.forEach(imported -> source.append("import ").append(imported).append(".*;\n"));
    source
        .append("final class ")
        .append(name)
        .append(" {\n  public static void main(String[] args) throws Exception {\n")
        .append(IMPORT.matcher(code).replaceAll(""))
        .append("\n  }\n}\n");
    return new DocumentedProgram(place, name, source.toString());
  }

  /** Replaces what would take long: {@code <!-- java [1500 => 3]}. */
  private static String replaced(String code, String directive) {
    String result = code;
    Matcher change = REPLACED.matcher(directive);
    while (change.find()) {
      if (!result.contains(change.group(1))) {
        throw new AssertionError("there is no '" + change.group(1) + "' to replace in\n" + code);
      }
      result = result.replace(change.group(1), change.group(2));
    }
    return result;
  }
}
