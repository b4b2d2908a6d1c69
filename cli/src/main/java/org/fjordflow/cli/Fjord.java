package org.fjordflow.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code fjord} command with all its commands. */
@Command(
    name = "fjord",
    description = "Normalizing flows on the JVM: train a density, score rows, draw samples.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nA first session:%n",
    footer = {
      "  fjord train --data moons                 trains on a toy density, into runs/moons",
      "  fjord info runs/moons                    says what was trained, and how well",
      "  fjord sample --model runs/moons --n 1000 --out samples.csv",
      "  fjord score --model runs/moons --data samples.csv --out scores.csv",
      "",
      "'fjord COMMAND --help' explains a command. Exit status: 0 done, 1 failed, 2 wrong usage or",
      "input, 130 stopped by Ctrl-C."
    })
public final class Fjord implements Runnable {
  @Spec private CommandSpec spec;

  private Fjord() {}

  /**
   * Runs a command line.
   *
   * @param args the words after {@code fjord}. Not modified.
   * @param out where results are said
   * @param err where errors and progress are said
   * @return the exit status: {@value ExitStatus#DONE}, {@value ExitStatus#FAILED}, {@value
   *     ExitStatus#WRONG_INPUT} or {@value ExitStatus#INTERRUPTED}
   */
  public static int execute(String[] args, PrintStream out, PrintStream err) {
    return execute(commandLine(new Console(out, err)), args, out, err);
  }

  /** Runs a command line of commands that have been made. */
  static int execute(CommandLine fjord, String[] args, PrintStream out, PrintStream err) {
    fjord.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
    fjord.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
    fjord.setUsageHelpAutoWidth(false);
    fjord.setUsageHelpWidth(100);
    Failures failures = new Failures(err);
    fjord.setParameterExceptionHandler(failures);
    fjord.setExecutionExceptionHandler(failures);
    try {
      return fjord.execute(args);
    } catch (OutOfMemoryError | StackOverflowError | LinkageError e) {
      return failures.report(e);
    }
  }

  /** Returns the command with all its commands, as picocli reads it. */
  static CommandLine commandLine(Console console) {
    return new CommandLine(new Fjord())
        .addSubcommand(new TrainCommand(console))
        .addSubcommand(new ScoreCommand(console))
        .addSubcommand(new SampleCommand(console))
        .addSubcommand(new PredictCommand(console))
        .addSubcommand(new DetectCommand(console))
        .addSubcommand(new TransformCommand(console))
        .addSubcommand(new InterpolateCommand(console))
        .addSubcommand(new DenoiseCommand(console))
        .addSubcommand(new ImportCommand(console))
        .addSubcommand(new InfoCommand(console))
        .addSubcommand(new ReportCommand(console))
        .addSubcommand(new CompareCommand(console))
        .addSubcommand(new SolversCommand(console))
        .addSubcommand(new GenerateCompletion());
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command is given");
  }

  /** Returns the name of a command in messages. */
  static String name(@Nullable CommandSpec spec) {
    return spec == null ? "fjord" : spec.qualifiedName();
  }
}
