package org.fjordflow.cli;

import java.io.PrintStream;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Messages;
import org.fjordflow.base.internal.Suggestions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Turns every exception into one line on the error stream and an exit status. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

  private static final String DEBUG = "FJORD_DEBUG";

  /** What picocli says of a path that this system cannot name. */
  private static final Pattern NO_PATH =
      Pattern.compile(
          "Invalid value for .*: cannot convert ('.*') to .*InvalidPathException.*",
          Pattern.DOTALL);

  private final PrintStream err;

  Failures(PrintStream err) {
    this.err = err;
  }

  @Override
  public int handleParseException(ParameterException exception, String[] args) {
    String name = Fjord.name(exception.getCommandLine().getCommandSpec());
    Throwable cause = exception.getCause();
    if (cause instanceof FjordException own) {
      return report(own);
    }
    Matcher noPath = NO_PATH.matcher(oneLine(exception.getMessage()));
    if (noPath.matches()) {
      say(
          "%s is no path in this locale; one such as LC_ALL=C.UTF-8 has more characters"
              .formatted(noPath.group(1)));
      return ExitStatus.WRONG_INPUT;
    }
    String said = unknown(exception.getCommandLine()).orElse(oneLine(exception.getMessage()));
    say(said + (said.endsWith("?") ? " see '" : "; see '") + name + " --help'");
    return ExitStatus.WRONG_INPUT;
  }

  /** What is said of the first word that is no option or command, where there is one. */
  private static Optional<String> unknown(CommandLine command) {
    for (String word : command.getUnmatchedArguments()) {
      boolean option = word.startsWith("-");
      if (option || !command.getSubcommands().isEmpty()) {
        String name = word.replaceFirst("=.*", "");
        Set<String> known =
            option
                ? command.getCommandSpec().optionsMap().keySet()
                : command.getSubcommands().keySet();
        String question =
            Suggestions.nearest(name, known)
                .map(found -> "; did you mean '" + found + "'?")
                .orElse(option ? "" : "; the commands are " + String.join(", ", known));
        return Optional.of(
            "unknown %s '%s'%s".formatted(option ? "option" : "command", name, question));
      }
    }
    return Optional.empty();
  }

  @Override
  public int handleExecutionException(
      Exception exception, CommandLine commandLine, @Nullable ParseResult parseResult) {
    if (exception instanceof ParameterException usage) {
      return handleParseException(usage, new String[0]);
    }
    return report(exception);
  }

  int report(Throwable failure) {
    if (System.getenv(DEBUG) != null) {
      failure.printStackTrace(err);
    }
    if (failure instanceof FjordException own) {
      say(oneLine(own.getMessage()));
      return statusOf(own.key());
    }
    if (failure instanceof OutOfMemoryError) {
      say(
          "out of memory ("
              + oneLine(failure.getMessage())
              + "); use smaller batches or --chunk-rows, or allow more, as in FJORD_JAVA_OPTS=-Xmx8g");
      return ExitStatus.FAILED;
    }
    if (failure instanceof UnsatisfiedLinkError) {
      say(
          "native libraries cannot be loaded ("
              + oneLine(failure.getMessage())
              + "); they are unpacked into .javacpp of the home folder, or where FJORD_JAVA_OPTS=-Dorg.bytedeco.javacpp.cachedir=FOLDER says");
      return ExitStatus.FAILED;
    }
    say(
        "unexpected "
            + failure.getClass().getName()
            + ": "
            + oneLine(failure.getMessage())
            + " (a defect of fjord; "
            + DEBUG
            + "=1 shows where)");
    return ExitStatus.FAILED;
  }

  private static int statusOf(ErrorKey key) {
    return switch (key) {
      case SOLVE_FAILED, TRAINING_DIVERGED, FILE_UNWRITABLE -> ExitStatus.FAILED;
      case INVALID_ARGUMENT,
          SHAPE_MISMATCH,
          TYPE_MISMATCH,
          INVALID_CONFIGURATION,
          UNSUPPORTED,
          CLOSED,
          CONCURRENT_USE,
          NON_FINITE,
          FILE_MISSING,
          FILE_DAMAGED,
          FILE_FORMAT ->
          ExitStatus.WRONG_INPUT;
    };
  }

  private void say(String message) {
    err.println("fjord: " + Messages.bounded(message));
  }

  private static String oneLine(@Nullable String message) {
    return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
