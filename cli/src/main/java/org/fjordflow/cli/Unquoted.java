package org.fjordflow.cli;

import picocli.CommandLine.ITypeConverter;

/** A name in a list with commas: one that has a comma itself stands in double quotes. */
final class Unquoted implements ITypeConverter<String> {
  @Override
  public String convert(String given) {
    boolean quoted = given.length() > 1 && given.startsWith("\"") && given.endsWith("\"");
    return quoted ? given.substring(1, given.length() - 1) : given;
  }
}
