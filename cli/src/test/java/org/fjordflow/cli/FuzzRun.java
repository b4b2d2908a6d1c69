package org.fjordflow.cli;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.fjordflow.base.FjordException;

/**
 * Reads changed files with every reader: each is read, or refused by a {@link FjordException}, in
 * bounded time and memory. A run goes on where an earlier one with the same folder ended.
 */
final class FuzzRun {
  private static final long SEED = 20_261;
  private static final double SLOW_SECONDS = 2;
  private static final long FREE_BYTES = 8L << 20;
  private static final long BYTES_A_BYTE = 64;
  private static final int MOST_CHARACTERS = 4_100;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Path folder;
  private final long inputs;
  private final long deadline;
  private final List<String> broken = new ArrayList<>();

  private FuzzRun(Path folder, long inputs, long deadline) {
    this.folder = folder;
    this.inputs = inputs;
    this.deadline = deadline;
  }

  /** What became of the inputs of a reader. */
  private static final class Tally {
    private long done;
    private long refused;
    private long other;
    private long slow;
    private long large;
    private double slowest;
    private double seconds;
    private double most;

    private static Tally of(Properties kept, String name) {
      Tally tally = new Tally();
      String[] values = kept.getProperty(name, "0 0 0 0 0 0 0 0").split(" ", -1);
      tally.done = Long.parseLong(values[0]);
      tally.refused = Long.parseLong(values[1]);
      tally.other = Long.parseLong(values[2]);
      tally.slow = Long.parseLong(values[3]);
      tally.large = Long.parseLong(values[4]);
      tally.slowest = Double.parseDouble(values[5]);
      tally.seconds = Double.parseDouble(values[6]);
      tally.most = Double.parseDouble(values[7]);
      return tally;
    }

    private String kept() {
      return String.join(
          " ",
          List.of(
              "" + done,
              "" + refused,
              "" + other,
              "" + slow,
              "" + large,
              "" + slowest,
              "" + seconds,
              "" + most));
    }
  }

  /**
   * Runs, or goes on.
   *
   * @param folder takes what is done, and inputs that broke a reader
   * @param inputs in all, over all readers
   * @param seconds after which to stop
   * @param out takes a table
   * @return what broke a reader, one line each
   */
  static List<String> run(Path folder, long inputs, double seconds, PrintStream out)
      throws IOException {
    Files.createDirectories(folder);
    Path work = Files.createTempDirectory("fuzz");
    FuzzRun run = new FuzzRun(folder, inputs, System.nanoTime() + (long) (seconds * 1e9));
    out.println(
        "| reader | inputs | refused | other exceptions | over 2 s | over 64 x the file + 8 MB | slowest, s | most allocated, MB | seconds |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    for (FuzzTarget target : FuzzTarget.all(work)) {
      Tally tally = run.run(target, work);
      out.println(
          String.format(
              Locale.ROOT,
              "| %s | %d | %d | %d | %d | %d | %.2f | %.1f | %.0f |",
              target.name(),
              tally.done,
              tally.refused,
              tally.other,
              tally.slow,
              tally.large,
              tally.slowest,
              tally.most / (1 << 20),
              tally.seconds));
    }
    run.broken.forEach(out::println);
    FuzzTarget.deleteAll(work);
    return run.broken;
  }

  private Tally run(FuzzTarget target, Path work) throws IOException {
    Path state = folder.resolve("done.properties");
    Properties kept = new Properties();
    if (Files.exists(state)) {
      try (var in = Files.newInputStream(state)) {
        kept.load(in);
      }
    }
    Tally tally = Tally.of(kept, target.name());
    long most = Math.max(1, inputs * target.share() / 1_000);
    long begun = System.nanoTime();
    while (tally.done < most && System.nanoTime() < deadline) {
      input(target, tally, work);
    }
    tally.seconds += (System.nanoTime() - begun) * 1e-9;
    kept.setProperty(target.name(), tally.kept());
    try (var to = Files.newOutputStream(state)) {
      kept.store(to, "inputs refused other slow large slowest seconds most");
    }
    return tally;
  }

  private void input(FuzzTarget target, Tally tally, Path work) throws IOException {
    int salt = 31 * target.name().hashCode();
    SplittableRandom random = new SplittableRandom(SEED + salt + 1_000_003 * tally.done);
    FuzzTarget.Seed seed = target.seeds().get(random.nextInt(target.seeds().size()));
    byte[] bytes = Mutator.mutate(seed.bytes(), random);
    String directory =
        seed.file().contains("/") ? seed.file().substring(0, seed.file().indexOf('/')) : "input";
    Path own = work.resolve("in").resolve(directory);
    Files.createDirectories(own);
    Path file = own.resolve(seed.file().substring(seed.file().indexOf('/') + 1));
    Files.write(file, bytes);
    long allocated = THREADS.getCurrentThreadAllocatedBytes();
    // Of this thread alone: the clock of a busy machine says nothing of a reader.
    long start = THREADS.getCurrentThreadCpuTime();
    double seconds = Double.NaN;
    boolean refused = false;
    String wrong = "";
    try {
      target.reader().read(file);
      seconds = (THREADS.getCurrentThreadCpuTime() - start) * 1e-9;
      target.use().read(file);
    } catch (FjordException e) {
      refused = true;
      if (String.valueOf(e.getMessage()).length() > MOST_CHARACTERS) {
        wrong = "a message of " + String.valueOf(e.getMessage()).length() + " characters";
        tally.other++;
      }
    } catch (Throwable e) {
      tally.other++;
      wrong =
          e
              + Arrays.stream(e.getStackTrace())
                  .limit(6)
                  .map(at -> " < " + at)
                  .collect(Collectors.joining());
    }
    if (Double.isNaN(seconds)) {
      seconds = (THREADS.getCurrentThreadCpuTime() - start) * 1e-9;
    }
    long bound = BYTES_A_BYTE * size(own) + FREE_BYTES;
    allocated = THREADS.getCurrentThreadAllocatedBytes() - allocated;
    if (seconds > SLOW_SECONDS) {
      tally.slow++;
      wrong += " took " + seconds + " s";
    }
    if (refused && allocated > bound) {
      tally.large++;
      wrong += " allocated " + allocated + " bytes of " + bound;
    }
    tally.refused += refused ? 1 : 0;
    tally.slowest = Math.max(tally.slowest, seconds);
    tally.most = Math.max(tally.most, refused ? (double) allocated : 0);
    if (!wrong.isEmpty()) {
      String name = target.name().replaceAll("\\W+", "-") + "-" + tally.done;
      Path saved = folder.resolve(name + "-" + directory + "-" + file.getFileName());
      Files.copy(file, saved, StandardCopyOption.REPLACE_EXISTING);
      broken.add(saved + ": " + wrong);
    }
    tally.done++;
    FuzzTarget.delete(own);
  }

  private static long size(Path folder) {
    try (var files = Files.list(folder)) {
      long sum = 0;
      for (Path file : files.toList()) {
        sum += Files.size(file);
      }
      return sum;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
