package org.fjordflow.bench.tables;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.fjordflow.model.Recipe;

/**
 * What a training ends with of which nothing is said, beside recipes with a number of steps; see
 * {@code bench/tables}.
 */
public final class DefaultTraining {

  private static final String DATA = "../shared/data";

  private DefaultTraining() {}

  /** Fits what the results file has not, and prints the table; see {@code bench/tables}. */
  public static void main(String[] args) throws IOException {
    Map<String, String> options = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      options.put(args[i].replaceFirst("^--", ""), args[i + 1]);
    }
    Path data = Path.of(options.getOrDefault("data", DATA));
    Path file = Path.of(options.getOrDefault("results", "bench/target/tables.csv"));
    long steps = Long.parseLong(options.getOrDefault("steps", "2000"));
    String only = options.getOrDefault("sets", "");
    if (!Files.isDirectory(data)) {
      System.out.println("no " + data + "; --data DIR names the folder of the sets");
      return;
    }
    List<TableSet> sets =
        TableSet.all().stream()
            .filter(set -> only.isEmpty() || List.of(only.split(",", -1)).contains(set.name()))
            .toList();
    List<TableResult> done = read(file);
    for (TableSet set : sets) {
      for (TableResult.Candidate candidate : candidates(steps)) {
        boolean known = done.stream().anyMatch(r -> r.set().equals(set.name()) && r.is(candidate));
        if (!known) {
          append(file, TableResult.of(set, data, candidate));
        }
      }
    }
    print(sets, candidates(steps), read(file));
  }

  /** The default first, then recipes with so many steps at most. */
  private static List<TableResult.Candidate> candidates(long steps) {
    List<TableResult.Candidate> candidates = new ArrayList<>();
    candidates.add(new TableResult.Candidate(Recipe.NSF, 0));
    for (Recipe recipe : List.of(Recipe.NSF, Recipe.NSF_AR, Recipe.REALNVP, Recipe.MAF)) {
      candidates.add(new TableResult.Candidate(recipe, steps));
    }
    return candidates;
  }

  private static List<TableResult> read(Path file) throws IOException {
    return Files.isRegularFile(file)
        ? Files.readAllLines(file).stream().skip(1).map(TableResult::parse).toList()
        : List.of();
  }

  private static void append(Path file, TableResult result) throws IOException {
    if (!Files.isRegularFile(file)) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, TableResult.HEADER + "\n");
    }
    Files.writeString(file, result.line() + "\n", StandardOpenOption.APPEND);
    System.err.println(result.line());
  }

  private static void print(
      List<TableSet> sets, List<TableResult.Candidate> candidates, List<TableResult> results) {
    StringBuilder head = new StringBuilder("| set | full normal |");
    candidates.forEach(c -> head.append(" ").append(c.label()).append(" |"));
    System.out.println(head);
    System.out.println("|---|---|" + "---|".repeat(candidates.size()));
    for (TableSet set : sets) {
      List<TableResult> own =
          candidates.stream()
              .map(c -> results.stream().filter(r -> r.set().equals(set.name()) && r.is(c)))
              .map(found -> found.findFirst().orElseThrow())
              .toList();
      StringBuilder line = new StringBuilder("| " + set.name() + " | ");
      line.append(String.format(Locale.ROOT, "%.3f |", own.get(0).normal()));
      own.forEach(r -> line.append(" ").append(r.cell()).append(" |"));
      System.out.println(line);
    }
    double[] ratios =
        results.stream().filter(r -> r.steps() == 0).mapToDouble(TableResult::seconds).toArray();
    System.out.printf(
        Locale.ROOT, "%nseconds of the default, all sets: %.0f%n", Arrays.stream(ratios).sum());
  }
}
