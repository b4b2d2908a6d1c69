package org.fjordflow.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.data.internal.ImageDensity;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TablePlan;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.jspecify.annotations.Nullable;

/** What is trained on. */
sealed interface DataSource {

  /** Returns the number of columns of data. */
  int columns();

  /** Returns the columns of the context that a flow gets, zero for none. */
  int context();

  /** Returns a short name, for folders. */
  String name();

  /**
   * A density that fresh points are drawn from.
   *
   * @param name its name
   * @param sampler draws points
   * @param truth its own log-density
   * @param entropy in nats, where that is known
   */
  record Density(String name, BatchSource.Sampler sampler, Truth truth, OptionalDouble entropy)
      implements DataSource {
    @Override
    public int columns() {
      return 2;
    }

    @Override
    public int context() {
      return 0;
    }
  }

  /** Log-densities of points. */
  @FunctionalInterface
  interface Truth {
    /** Returns the log-density of each point, in nats. */
    double[] logProb(double[][] points);
  }

  /**
   * Rows of a file.
   *
   * @param location as it was given
   * @param plan its columns, with what they stand for
   * @param source of a flow from one sample to another, or null
   */
  record Rows(String location, TablePlan plan, @Nullable Source source) implements DataSource {

    /** The same with a sample that a flow begins from. */
    Rows withSource(Source other) {
      return new Rows(location, plan, other);
    }

    @Override
    public int columns() {
      return plan.spec().data().size();
    }

    @Override
    public int context() {
      return plan.spec().contextSize();
    }

    boolean isStream() {
      return TableFiles.isStream(location);
    }

    @Override
    public String name() {
      if (isStream()) {
        return "stdin";
      }
      String file = String.valueOf(path(location).getFileName());
      return file.replaceFirst("(\\.\\w+)?(\\.gz)?$", "");
    }
  }

  /**
   * Images.
   *
   * @param location as it was given
   * @param images all of them
   * @param spec what a model has to know of them, but for what it sees of pixels
   */
  record Pictures(String location, Images images, ImageSpec spec) implements DataSource {

    /** Images of a folder or a file. */
    static Pictures of(String location, Images images) {
      return new Pictures(location, images, images.spec(PixelScale.logit()));
    }

    @Override
    public int columns() {
      return images.shape().size();
    }

    @Override
    public int context() {
      return spec.contextSize();
    }

    @Override
    public String name() {
      Path file = path(location).toAbsolutePath().normalize();
      return String.valueOf(file.getFileName()).replaceFirst("(\\.\\w+)?(\\.gz)?$", "");
    }
  }

  /**
   * The sample that a flow begins from.
   *
   * @param location as it was given
   * @param rows of the columns of data. Not modified.
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record Source(String location, double[][] rows) {}

  /** Finds what a word on the command line means; of a table what its cells say. */
  static DataSource of(String location) {
    return of(location, file -> TableOptions.standard().plan(Tables.read(file)));
  }

  /**
   * Finds what a word on the command line means.
   *
   * @param location the name of a density, or a file: a table or a picture
   * @param plan what to do with the columns of a table
   * @throws FjordException FILE_MISSING, naming the densities, if it is neither; as {@link
   *     Tables#read(String)}
   */
  static DataSource of(String location, Function<String, TablePlan> plan) {
    ToyDensity toy = ToyDensity.find(location).orElse(null);
    if (toy != null) {
      return new Density(toy.id(), toy::sample, toy::logProb, toy.entropy());
    }
    if (TableFiles.isStream(location)) {
      return new Rows(location, plan.apply(location), null);
    }
    if (!Files.exists(path(location))) {
      List<String> densities = Arrays.stream(ToyDensity.values()).map(ToyDensity::id).toList();
      throw new FjordException(
          ErrorKey.FILE_MISSING,
          "no file and no density '%s'; %sthe densities are %s"
              .formatted(
                  location,
                  Suggestions.question(location, densities),
                  String.join(", ", densities)));
    }
    String lower = location.toLowerCase(Locale.ROOT);
    if (List.of(".png", ".jpg", ".jpeg", ".gif", ".bmp").stream().anyMatch(lower::endsWith)) {
      ImageDensity image = ImageDensity.read(Path.of(location));
      String file = String.valueOf(Path.of(location).getFileName());
      return new Density(
          file.replaceFirst("\\.\\w+$", ""),
          image::sample,
          points -> Arrays.stream(points).mapToDouble(p -> image.logProb(p[0], p[1])).toArray(),
          OptionalDouble.of(image.entropy()));
    }
    return new Rows(location, plan.apply(location), null);
  }

  /** Returns the file of a location, which may name an array in it behind a colon. */
  static Path path(String location) {
    return Path.of(location.replaceFirst("(?i)(\\.(npz|safetensors)):[^/\\\\]+$", "$1"));
  }
}
