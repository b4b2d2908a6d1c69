package org.fjordflow.spark;

import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag$;

/**
 * A model as executors get it: the files of its folder. Spark keeps one such object an executor
 * process, and all tasks of that process share the model that it loads at its first use.
 */
final class SparkModel implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  /** Names and contents of files; a type that Java's own serialization of Spark knows. */
  private final LinkedHashMap<String, byte[]> files;

  private transient @Nullable FlowModel loaded;
  private transient @Nullable AnomalyDetector detector;
  private transient @Nullable SparkContext context;
  private transient @Nullable Broadcast<SparkModel> broadcast;

  private SparkModel(Map<String, byte[]> files) {
    this.files = new LinkedHashMap<>(files);
  }

  /** Reads the files of a folder that {@link FlowModel#save(Path)} wrote. */
  static SparkModel read(Path folder) {
    LinkedHashMap<String, byte[]> files = new LinkedHashMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new FjordException(ErrorKey.FILE_MISSING, folder + " cannot be read: " + e, e);
    }
    return of(files);
  }

  /** Keeps files, which are loaded here: what is wrong is refused on the driver. */
  static SparkModel of(Map<String, byte[]> files) {
    SparkModel made = new SparkModel(files);
    made.model();
    return made;
  }

  /** Keeps a model that is there. */
  static SparkModel of(FlowModel model) {
    return inTemporary(
        folder -> {
          model.save(folder);
          return read(folder);
        });
  }

  Map<String, byte[]> files() {
    return files;
  }

  /** Returns the model, which belongs to this object: nobody closes it. */
  synchronized FlowModel model() {
    FlowModel model = loaded;
    if (model == null) {
      model =
          inTemporary(
              folder -> {
                write(folder);
                // A task has one core.
                return FlowModel.load(folder, spec -> spec, 1);
              });
      loaded = model;
    }
    return model;
  }

  /**
   * Returns this for executors. It is broadcast once for all jobs of a context, so that executors
   * load the model once and not once a job; Spark drops it everywhere when this object is gone.
   */
  synchronized Broadcast<SparkModel> on(SparkContext wanted) {
    Broadcast<SparkModel> found = broadcast;
    if (found == null || wanted != context) {
      found = wanted.broadcast(this, ClassTag$.MODULE$.apply(SparkModel.class));
      broadcast = found;
      context = wanted;
    }
    return found;
  }

  /** Returns whether scores can be compared with those of normal rows. */
  boolean isCalibrated() {
    return files.containsKey(AnomalyDetector.FILE);
  }

  /**
   * Returns the detector, which belongs to this object.
   *
   * @throws FjordException FILE_MISSING for a model without a calibration
   */
  synchronized AnomalyDetector detector() {
    AnomalyDetector found = detector;
    if (found == null) {
      found =
          inTemporary(
              folder -> {
                write(folder);
                return AnomalyDetector.load(folder, 1);
              });
      detector = found;
    }
    return found;
  }

  /** Keeps a model with what its scores are compared with. */
  static SparkModel of(AnomalyDetector detector) {
    return inTemporary(
        folder -> {
          detector.save(folder);
          return read(folder);
        });
  }

  void write(Path folder) {
    try {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Files.write(folder.resolve(file.getKey()), file.getValue());
      }
    } catch (IOException e) {
      throw new FjordException(ErrorKey.FILE_UNWRITABLE, folder + " cannot be written: " + e, e);
    }
  }

  /** What is done with a folder. */
  @FunctionalInterface
  interface Use<T> {
    T with(Path folder);
  }

  static <T> T inTemporary(Use<T> use) {
    try {
      Path folder = Files.createTempDirectory("fjord-spark");
      try {
        return use.with(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
