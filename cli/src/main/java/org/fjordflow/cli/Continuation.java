package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.fjordflow.core.train.TrainerConfig;
import picocli.CommandLine.Model.CommandSpec;

/**
 * How a run can be gone on with.
 *
 * @param words the command line of the run, without what says for how long
 * @param config how it was trained
 */
record Continuation(List<String> words, TrainerConfig config) {

  private static final List<String> FLAGS = List.of("--resume", "--overwrite");
  private static final List<String> LENGTHS = List.of("--time", "--steps");

  Continuation {
    words = List.copyOf(words);
  }

  /** The continuation of the command that is running. */
  static Continuation of(CommandSpec command, TrainerConfig config) {
    List<String> given = command.commandLine().getParseResult().originalArgs();
    List<String> words = new ArrayList<>();
    boolean skipped = false;
    for (String word : given.subList(given.indexOf(command.name()) + 1, given.size())) {
      boolean value = skipped;
      skipped = LENGTHS.contains(word);
      boolean length = LENGTHS.stream().anyMatch(name -> word.startsWith(name + "="));
      if (!value && !skipped && !length && !FLAGS.contains(word)) {
        words.add(word);
      }
    }
    return new Continuation(words, config);
  }

  /** The command that goes on for twice the time or for as many steps again. */
  String further() {
    double minutes = Math.ceil(2 * config.timeLimit() / 60);
    return command(
        config.timeLimit() > 0
            ? "--time " + (long) minutes + "m"
            : "--steps " + 2 * config.steps());
  }

  /** The command that goes on with twice the patience. */
  String morePatient() {
    return command("--set training.patience=" + 2 * config.patience());
  }

  private String command(String more) {
    String all = words.stream().map(Continuation::quoted).collect(Collectors.joining(" "));
    return "fjord train " + all + " --resume " + more;
  }

  private static String quoted(String word) {
    return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
