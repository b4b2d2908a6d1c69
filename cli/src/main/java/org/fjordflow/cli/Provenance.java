package org.fjordflow.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.internal.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * Where a trained model comes from, to be written as JSON beside it.
 *
 * @param data what it was trained on
 * @param initial the model that training began with; null where its values were drawn
 * @param seed of everything random
 * @param computed with what
 * @param started when, ISO 8601 in UTC
 * @param finished when; null while training goes on
 * @param configuration what was asked for, as it was understood; null for none
 */
public record Provenance(
    Data data,
    @Nullable Initial initial,
    long seed,
    Environment computed,
    String started,
    @Nullable String finished,
    @Nullable JsonNode configuration) {

  /**
   * Data of a training.
   *
   * @param description name of a density or of a file
   * @param rows number of rows trained on; 0 where every step drew fresh ones
   * @param columns number of columns
   * @param sha256 of the file, in hexadecimal; null where there is none
   */
  public record Data(String description, long rows, int columns, @Nullable String sha256) {

    /** Rows drawn from a known density. */
    public static Data sampled(String description, int columns) {
      return new Data(description, 0, columns, null);
    }

    /** Rows that came by standard input. */
    static Data streamed(long rows, int columns) {
      return new Data("standard input", rows, columns, null);
    }

    /**
     * Images of a folder or a file.
     *
     * @param location only its name is kept
     * @param images number of images trained on
     * @param columns numbers of an image
     */
    static Data images(Path location, long images, int columns) {
      return Files.isDirectory(location)
          ? new Data(
              String.valueOf(location.toAbsolutePath().normalize().getFileName()),
              images,
              columns,
              null)
          : file(location, images, columns);
    }

    /**
     * Rows of a file.
     *
     * @param file the file; only its name is kept, not its folder
     * @param rows number of rows trained on
     * @param columns number of columns
     * @throws FjordException FILE_MISSING if there is no such file, FILE_DAMAGED if it cannot be
     *     read
     */
    public static Data file(Path file, long rows, int columns) {
      return new Data(String.valueOf(file.getFileName()), rows, columns, Sha256.of(file));
    }
  }

  /**
   * A trained model that training began with.
   *
   * @param model name of its folder
   * @param sha256 of its parameters' file, in hexadecimal
   */
  public record Initial(String model, String sha256) {

    /**
     * The model in a folder.
     *
     * @param folder only its name is kept, not where it is
     * @param parameters name of the file of parameters in it
     * @throws FjordException FILE_MISSING if there is no such file, FILE_DAMAGED if it cannot be
     *     read
     */
    public static Initial of(Path folder, String parameters) {
      return new Initial(
          String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
          Sha256.of(folder.resolve(parameters)));
    }
  }

  /**
   * What a training was computed with.
   *
   * @param fjordVersion of this library; "development" where it does not run from its jar
   * @param javaVersion of the runtime
   * @param operatingSystem name and processor
   * @param backend name of the backend
   * @param dtype element type of the model
   */
  public record Environment(
      String fjordVersion,
      String javaVersion,
      String operatingSystem,
      String backend,
      DType dtype) {

    private static Environment of(Backend backend) {
      String version = Provenance.class.getPackage().getImplementationVersion();
      return new Environment(
          version == null ? "development" : version,
          Runtime.version().toString(),
          System.getProperty("os.name") + " " + System.getProperty("os.arch"),
          backend.name(),
          backend.dtype());
    }
  }

  /**
   * Begins a record.
   *
   * @param data what is trained on
   * @param initial the model that it begins with, or null
   * @param seed of everything random
   * @param backend of the model
   * @param clock tells when training starts
   * @param configuration what was asked for, or null
   */
  public static Provenance start(
      Data data,
      @Nullable Initial initial,
      long seed,
      Backend backend,
      Clock clock,
      @Nullable JsonNode configuration) {
    return new Provenance(
        data,
        initial,
        seed,
        Environment.of(backend),
        clock.instant().toString(),
        null,
        configuration);
  }

  /** The same of a training that began earlier. */
  Provenance since(String earlier) {
    return new Provenance(data, initial, seed, computed, earlier, finished, configuration);
  }

  /** The record of a training that is over. */
  public Provenance finish(Clock clock) {
    return new Provenance(
        data, initial, seed, computed, started, clock.instant().toString(), configuration);
  }
}
