package org.fjordflow.bench.images;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.model.images.Images;

/**
 * Says how many samples of flows of digits are of the class that was wanted, as a classifier sees
 * it that is trained on the digits themselves; see {@code bench/image-classes}.
 */
public final class ImageClasses {

  private static final int EPOCHS_OF_FEW = 60;
  private static final int EPOCHS_OF_MANY = 6;
  private static final int MANY = 20_000;

  private ImageClasses() {}

  /**
   * Judges samples.
   *
   * @param args optdigits or mnist; the folder of published data; files of samples, a row each, of
   *     all classes in turn
   */
  public static void main(String[] args) {
    boolean mnist = args[0].equals("mnist");
    Path data = Path.of(args[1]);
    Images train =
        mnist ? mnist(data, "train") : digits(data.resolve("optdigits/optdigits_tra.csv"));
    Images test = mnist ? mnist(data, "t10k") : digits(data.resolve("optdigits/optdigits_tes.csv"));
    int epochs = train.size() > MANY ? EPOCHS_OF_MANY : EPOCHS_OF_FEW;
    try (DigitClassifier judge = DigitClassifier.train(train, epochs, 1)) {
      System.out.printf(
          Locale.ROOT,
          "the classifier names %.2f %% of %d test images rightly%n",
          100 * share(judge.classes(test.rows()), test.labels()),
          test.size());
      for (String file : Arrays.asList(args).subList(2, args.length)) {
        report(judge, Images.read(file, options(train)), train, file);
      }
    }
  }

  private static void report(DigitClassifier judge, Images samples, Images train, String file) {
    List<String> names = train.classes();
    int classes = names.size();
    int[] wanted = IntStream.range(0, samples.size()).map(i -> i % classes).toArray();
    int[] named = judge.classes(samples.rows());
    String each =
        IntStream.range(0, classes)
            .mapToObj(
                k -> {
                  int[] own =
                      IntStream.range(0, named.length).filter(i -> wanted[i] == k).toArray();
                  long right = Arrays.stream(own).filter(i -> named[i] == k).count();
                  return "%s: %d of %d".formatted(names.get(k), right, own.length);
                })
            .collect(Collectors.joining(", "));
    System.out.printf(
        Locale.ROOT,
        "%s: %.1f %% of %d samples are named as wanted (%s)%n",
        Path.of(file).getFileName(),
        100 * share(named, wanted),
        named.length,
        each);
  }

  private static double share(int[] named, int[] wanted) {
    long right = IntStream.range(0, named.length).filter(i -> named[i] == wanted[i]).count();
    return (double) right / named.length;
  }

  private static Images.Options options(Images like) {
    ImageShape shape = like.shape();
    return Images.Options.standard().withShape(shape).withLevels(like.levels()).unlabelled();
  }

  private static Images digits(Path file) {
    return Images.read(
        file.toString(),
        Images.Options.standard().withShape(new ImageShape(8, 8, 1)).withLevels(17));
  }

  private static Images mnist(Path data, String part) {
    Path folder = data.resolve("mnist");
    return Images.read(
        folder.resolve(part + "-images-idx3-ubyte.gz").toString(),
        Images.Options.standard()
            .withLabels(folder.resolve(part + "-labels-idx1-ubyte.gz").toString()));
  }
}
