package org.fjordflow.examples;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Denoising;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.GuidedSampling;
import org.fjordflow.discrete.ImagePatches;
import org.jspecify.annotations.Nullable;

/**
 * TarFlow on handwritten digits of 8 x 8 pixels, in patches of 2 x 2, conditioned on the class.
 * Arguments, all optional: the folder of real data (else the environment variable FJORD_DATA, else
 * ../shared/data), the number of training steps, the picture to write.
 *
 * <p>It is trained twice, as in the paper (Zhai et al. 2024): with pixels anywhere in their level,
 * which gives a bound on the bits of a pixel, and then on with normal noise, for samples. The
 * picture has three blocks of lines, with a column for each class: samples, the same without noise,
 * and samples with guidance without noise.
 */
public final class TarFlowDigits {

  private static final int LINES = 4;
  private static final double NOISE = 0.1;
  private static final double LEFT_OUT = 0.1;
  private static final double GUIDANCE = 1;

  private TarFlowDigits() {}

  /** Runs the example. */
  public static void main(String[] args) {
    String setting = System.getenv("FJORD_DATA");
    Path folder = Path.of(args.length > 0 ? args[0] : setting != null ? setting : "../shared/data");
    long steps = args.length > 1 ? Long.parseLong(args[1]) : 300;
    Path picture = Path.of(args.length > 2 ? args[2] : "digits.png");
    Path digits = folder.resolve("optdigits");
    if (!Files.isDirectory(digits)) {
      System.out.println(
          "no folder " + digits + "; name the folder of real data, see examples/run");
      return;
    }
    Result result = run(digits, steps, 1, picture);
    System.out.printf(
        "%d parameters, trained in %.0f s on %d digits%n",
        result.parameters(), result.seconds(), result.trained());
    System.out.printf("bits of a pixel, test digits:       %.3f%n", result.bitsPerDimension());
    System.out.printf("the same for each without class:    %.3f%n", result.bitsWithoutClass());
    System.out.println("samples are in " + picture);
  }

  /**
   * What the example found.
   *
   * @param bitsPerDimension of test digits given their class, at most
   * @param bitsWithoutClass the same with a context of zeros
   */
  record Result(
      int parameters,
      int trained,
      double seconds,
      double bitsPerDimension,
      double bitsWithoutClass) {}

  static Result run(Path digits, long steps, long seed, @Nullable Path picture) {
    Batch train = Digits.read(digits.resolve("optdigits_tra.csv"));
    Batch test = Digits.read(digits.resolve("optdigits_tes.csv"));
    RandomStreams random = new RandomStreams(seed);
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Parameters parameters = new Parameters(backend);
      Flow flow =
          Flows.tarFlow(new ImagePatches(Digits.SHAPE, 2), 4, 64)
              .withContext(Digits.CLASSES)
              .create(parameters, random.generator(Purpose.INITIALIZATION))
              .withChunkRows(256);
      BatchSource levels = BatchSource.shuffled(train).withContextDropout(LEFT_OUT);
      double seconds = train(flow, parameters, Digits.anywhere(levels), steps, seed);
      double[][] rows = Digits.PIXELS.apply(test.rows(), random.generator(Purpose.TEST));
      double bits = bits(flow, rows, Context.of(Digits.classes(test)));
      double free = bits(flow, rows, Context.shared(new double[Digits.CLASSES]));
      if (picture != null) {
        BatchSource noisy =
            BatchSource.shuffled(Digits.centred(train))
                .withContextDropout(LEFT_OUT)
                .withNoise(NOISE);
        seconds += train(flow, parameters, noisy, steps / 2, seed + 1);
        Digits.write(picture, samples(flow, random));
      }
      return new Result(parameters.size(), train.size(), seconds, bits, free);
    }
  }

  private static double train(
      Flow flow, Parameters parameters, BatchSource batches, long steps, long seed) {
    TrainerConfig config =
        TrainerConfig.of(steps, 128, seed).withOptimizer(Adam.of(1e-3)).withClipNorm(5);
    return new Trainer(
            config, parameters, Objectives.negativeLogLikelihood(flow), batches, List.of())
        .train()
        .seconds();
  }

  private static double bits(Flow flow, double[][] rows, Context context) {
    RandomGenerator unused = new RandomStreams(0).generator(Purpose.PROBES); // nothing is estimated
    double[] logProb = flow.logProb(rows, context, unused);
    return Arrays.stream(Digits.PIXELS.bitsPerDimension(logProb, rows)).average().orElseThrow();
  }

  private static double[][] samples(Flow flow, RandomStreams random) {
    double[][] classes = new double[LINES * Digits.CLASSES][];
    Arrays.setAll(classes, i -> Digits.oneHot(i % Digits.CLASSES));
    Context context = Context.of(classes);
    RandomGenerator unused = random.generator(Purpose.PROBES);
    Denoising denoising = new Denoising(flow, NOISE);
    double[][] plain = flow.sample(classes.length, context, random.generator(Purpose.SAMPLES));
    double[][] guided =
        GuidedSampling.growing(flow, GUIDANCE).sample(classes, random.generator(Purpose.SAMPLES));
    List<double[]> all = new ArrayList<>(List.of(plain));
    all.addAll(List.of(denoising.denoise(plain, context, unused)));
    all.addAll(List.of(denoising.denoise(guided, context, unused)));
    return all.toArray(new double[0][]);
  }
}
