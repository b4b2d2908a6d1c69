package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.FlowModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Draws samples. */
@Command(
    name = "sample",
    description = "Draws samples from a model.",
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExample:%n",
    footer = "  fjord sample --model runs/moons --n 1000 --out samples.csv --seed 7")
final class SampleCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private ModelOptions model;

  @Option(names = "--n", required = true, paramLabel = "N", description = "number of samples")
  private int count;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "where to write them: .csv (with a header) or .npy")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "the same seed gives the same samples (default: ${DEFAULT-VALUE})")
  private long seed;

  SampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (count < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "--n is " + count + "; expected at least 1");
    }
    try (FlowModel loaded = model.load(UnaryOperator.identity())) {
      Machine.sayBackend(console, loaded);
      long start = System.nanoTime();
      loaded.sample(count, seed).write(out);
      double seconds = (System.nanoTime() - start) * 1e-9;
      console.say("%d samples, %s -> %s", count, Console.seconds(seconds), out);
    }
    return ExitStatus.DONE;
  }
}
