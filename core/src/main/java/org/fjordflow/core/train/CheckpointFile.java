package org.fjordflow.core.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.data.internal.TensorType;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.internal.BestValues;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelTensors;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;

/** The file of a {@link Checkpoint}. */
final class CheckpointFile {
  private static final String FORMAT = "fjord-checkpoint-3";

  /** The format before: without checksum, settings, totals, and what a failure goes back to. */
  private static final String EARLIER = "fjord-checkpoint-2";

  private static final String PARAMETERS = "parameters/";
  private static final String FIRST = "optimizer.first/";
  private static final String SECOND = "optimizer.second/";
  private static final String BEST = "best/";
  private static final String AVERAGE = "average/";
  private static final String BUFFERS = "buffers/";
  private static final String BEST_BUFFERS = "best_buffers/";
  private static final String GOOD = "good/";
  private static final String GOOD_FIRST = "good_optimizer.first/";
  private static final String GOOD_SECOND = "good_optimizer.second/";
  private static final String GOOD_AVERAGE = "good_average/";
  private static final String GOOD_BUFFERS = "good_buffers/";
  private static final String GOOD_STEP = "good_step";
  private static final String KEPT_STEP = "kept_step";
  private static final String KEPT_LOSS = "kept_loss";
  private static final String SETTING = "setting.";
  private static final String ABOUT = "about.";

  private final String source;
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;
  private final Parameters layout;

  private CheckpointFile(String source, SafetensorsFile file, Parameters layout) {
    this.source = source;
    this.tensors = file.tensors();
    this.metadata = file.metadata();
    this.layout = layout;
  }

  /** Writes a checkpoint, as {@link Checkpoint#write}. */
  static void write(Path path, Checkpoint checkpoint, Parameters layout) {
    TrainingState state = checkpoint.state();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.putAll(cut(layout.entries(), state.values().parameters(), PARAMETERS));
    tensors.putAll(cut(layout.entries(), state.optimizer().first(), FIRST));
    tensors.putAll(cut(layout.entries(), state.optimizer().second(), SECOND));
    tensors.putAll(cut(layout.buffers(), state.values().buffers(), BUFFERS));
    BestValues best = state.best();
    if (best != null) {
      tensors.putAll(cut(layout.entries(), best.values().parameters(), BEST));
      tensors.putAll(cut(layout.buffers(), best.values().buffers(), BEST_BUFFERS));
    }
    double[] average = state.average();
    if (average != null) {
      tensors.putAll(cut(layout.entries(), average, AVERAGE));
    }
    TrainingState.Good good = state.good();
    if (good != null) {
      tensors.putAll(cut(layout.entries(), good.values().parameters(), GOOD));
      tensors.putAll(cut(layout.buffers(), good.values().buffers(), GOOD_BUFFERS));
      tensors.putAll(cut(layout.entries(), good.optimizer().first(), GOOD_FIRST));
      tensors.putAll(cut(layout.entries(), good.optimizer().second(), GOOD_SECOND));
      double[] goodAverage = good.average();
      if (goodAverage != null) {
        tensors.putAll(cut(layout.entries(), goodAverage, GOOD_AVERAGE));
      }
    }
    EarlyStopping validations = state.validations();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", FORMAT);
    metadata.put("seed", Long.toString(checkpoint.seed()));
    metadata.put("optimizer", checkpoint.optimizer());
    metadata.put("step", Long.toString(state.step()));
    metadata.put("updates", Long.toString(state.optimizer().updates()));
    metadata.put("learning_rate_factor", Double.toString(state.learningRateFactor()));
    metadata.put("rollbacks", Integer.toString(state.rollbacks()));
    metadata.put("best_step", Long.toString(validations.bestStep()));
    metadata.put("best_loss", Double.toString(validations.bestLoss()));
    metadata.put("without_gain", Integer.toString(validations.withoutGain()));
    metadata.put("longest_without_gain", Integer.toString(validations.longestWithoutGain()));
    if (best != null) {
      metadata.put(KEPT_STEP, Long.toString(best.step()));
      metadata.put(KEPT_LOSS, Double.toString(best.loss()));
    }
    if (good != null) {
      metadata.put(GOOD_STEP, Long.toString(good.step()));
      metadata.put("good_updates", Long.toString(good.optimizer().updates()));
      metadata.put("rollbacks_in_a_row", Integer.toString(good.rollbacks()));
    }
    metadata.put("last_loss", Double.toString(state.totals().lastLoss()));
    metadata.put("forward_evaluations", Long.toString(state.totals().forwardEvaluations()));
    metadata.put("backward_evaluations", Long.toString(state.totals().backwardEvaluations()));
    new TreeMap<>(checkpoint.settings())
        .forEach((name, value) -> metadata.put(SETTING + name, value));
    new TreeMap<>(checkpoint.about()).forEach((key, value) -> metadata.put(ABOUT + key, value));
    new SafetensorsFile(tensors, metadata).sealed().write(path);
  }

  /** Reads a checkpoint, as {@link Checkpoint#read}. */
  static Checkpoint read(Path path, Parameters layout) {
    SafetensorsFile read = open(path);
    if (!read.isSealed()) {
      // With a checksum an infinite variance is what it was, and the next failure leaves it behind.
      ModelTensors.requireFinite(read.tensors(), path.toString());
    }
    CheckpointFile file = new CheckpointFile(path.toString(), read, layout);
    try {
      return file.checkpoint();
    } catch (NumberFormatException e) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, path + ": a counter is no number: " + e.getMessage(), e);
    }
  }

  /** Reads what is said about a run, as {@link Checkpoint#about(Path)}. */
  static Map<String, String> about(Path path) {
    return behind(ABOUT, open(path).metadata());
  }

  private static SafetensorsFile open(Path path) {
    SafetensorsFile file = SafetensorsFile.read(path);
    String format = file.metadata().get("format");
    if (!Set.of(FORMAT, EARLIER).contains(String.valueOf(format))) {
      throw new FjordException(
          ErrorKey.FILE_FORMAT,
          path + " is not a checkpoint of this version; expected the format " + FORMAT);
    }
    if (FORMAT.equals(format) && !file.isSealed()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED, path + " is damaged: it has lost its checksum");
    }
    return file;
  }

  private Checkpoint checkpoint() {
    TrainingState state =
        new TrainingState(
            number("step"),
            new ModelValues(values(PARAMETERS), buffers(BUFFERS)),
            new OptimizerState(number("updates"), values(FIRST), values(SECOND)),
            real("learning_rate_factor"),
            count("rollbacks"),
            new EarlyStopping(
                number("best_step"),
                real("best_loss"),
                count("without_gain"),
                count("longest_without_gain")),
            has(BEST) ? best() : null,
            has(AVERAGE) ? values(AVERAGE) : null,
            metadata.containsKey(GOOD_STEP) ? good() : null,
            totals());
    return new Checkpoint(
        state,
        number("seed"),
        text("optimizer"),
        behind(SETTING, metadata),
        behind(ABOUT, metadata));
  }

  /** Files of earlier versions have the step and loss of the last gain that counted. */
  private BestValues best() {
    boolean isKept = metadata.containsKey(KEPT_STEP);
    return new BestValues(
        number(isKept ? KEPT_STEP : "best_step"),
        real(isKept ? KEPT_LOSS : "best_loss"),
        new ModelValues(values(BEST), buffers(BEST_BUFFERS)));
  }

  private TrainingState.Good good() {
    return new TrainingState.Good(
        number(GOOD_STEP),
        new ModelValues(values(GOOD), buffers(GOOD_BUFFERS)),
        new OptimizerState(number("good_updates"), values(GOOD_FIRST), values(GOOD_SECOND)),
        has(GOOD_AVERAGE) ? values(GOOD_AVERAGE) : null,
        count("rollbacks_in_a_row"));
  }

  private TrainingState.Totals totals() {
    return metadata.containsKey("last_loss")
        ? new TrainingState.Totals(
            real("last_loss"), number("forward_evaluations"), number("backward_evaluations"))
        : TrainingState.Totals.NONE;
  }

  private boolean has(String prefix) {
    return tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private static Map<String, String> behind(String prefix, Map<String, String> metadata) {
    Map<String, String> found = new TreeMap<>();
    metadata.forEach(
        (key, value) -> {
          if (key.startsWith(prefix)) {
            found.put(key.substring(prefix.length()), value);
          }
        });
    return found;
  }

  private static Map<String, Tensor> cut(
      List<Parameters.Entry> layout, double[] flat, String prefix) {
    return ModelTensors.cut(layout, flat, TensorType.F64, prefix);
  }

  private double[] values(String prefix) {
    return ModelTensors.join(layout.entries(), List.of(), tensors, prefix, source);
  }

  private double[] buffers(String prefix) {
    return ModelTensors.join(layout.buffers(), List.of(), tensors, prefix, source);
  }

  private long number(String key) {
    return Long.parseLong(text(key));
  }

  private int count(String key) {
    return Integer.parseInt(text(key));
  }

  private double real(String key) {
    return Double.parseDouble(text(key));
  }

  /** The value of a key, or text that no number parses from. */
  private String text(String key) {
    return metadata.getOrDefault(key, "missing " + key);
  }
}
