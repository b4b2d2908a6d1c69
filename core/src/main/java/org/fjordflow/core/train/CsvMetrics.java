package org.fjordflow.core.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a csv file of all steps: {@code step, loss, gradient_norm, learning_rate,
 * forward_evaluations, backward_evaluations, seconds, validation_loss}, the last one empty where
 * there was no validation; the untrained model's is not in it. The file is replaced whole every so
 * many steps and at the end, so that it is a valid table at any time. Steps that were rolled back
 * are left out.
 *
 * <p>A resumed run keeps the rows of a file that is already there, up to the step it resumes from.
 */
public final class CsvMetrics implements TrainingListener {

  private static final String HEADER =
      "step,loss,gradient_norm,learning_rate,forward_evaluations,backward_evaluations,seconds,validation_loss";
  private static final int COLUMNS = 8;
  private static final Pattern STEP = Pattern.compile("\\d{1,18}");

  private final Path path;
  private final long interval;
  private final StringBuilder rows = new StringBuilder();
  private @Nullable StepMetrics pending;
  private @Nullable ValidationMetrics pendingValidation;
  private final @Nullable Consumer<? super FjordException> told;
  private boolean isFailing;

  /**
   * Creates a writer.
   *
   * @param path the file
   * @param interval steps between writes, at least 1
   * @throws FjordException INVALID_ARGUMENT if the interval is below 1
   */
  public CsvMetrics(Path path, long interval) {
    this(path, interval, null);
  }

  private CsvMetrics(Path path, long interval, @Nullable Consumer<? super FjordException> told) {
    if (interval < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "metrics every " + interval + " steps; expected at least 1");
    }
    this.path = path;
    this.interval = interval;
    this.told = told;
  }

  /**
   * The same writer, but a file that cannot be written, once training has begun, does not end it:
   * the last one stays, and the next time everything is written.
   *
   * @param failure told once, and again after one that could be written
   */
  public CsvMetrics goingOn(Consumer<? super FjordException> failure) {
    return new CsvMetrics(path, interval, failure);
  }

  @Override
  public void started(TrainerConfig config, long step) {
    rows.setLength(0);
    if (step > 0 && Files.exists(path)) {
      keepUpTo(step);
    }
    write();
  }

  /** Keeps lines as they are, so that they are the same bits; a file that is empty has none. */
  private void keepUpTo(long step) {
    List<String> lines;
    try {
      lines = Files.readAllLines(path, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, "cannot read " + path + ": " + e, e);
    }
    for (String line : lines) {
      String[] cells = line.split(",", -1);
      if (cells.length == COLUMNS && STEP.matcher(cells[0]).matches()) {
        if (Long.parseLong(cells[0]) <= step) {
          rows.append(line).append('\n');
        }
      }
    }
  }

  @Override
  public void step(StepMetrics metrics) {
    pending = metrics;
  }

  @Override
  public void validated(ValidationMetrics metrics) {
    pendingValidation = metrics.step() == 0 ? null : metrics;
  }

  @Override
  public void stepEnded(long step, Supplier<TrainingState> state) {
    StepMetrics metrics = pending;
    if (metrics != null) {
      ValidationMetrics validation = pendingValidation;
      append(metrics, validation == null ? "" : Double.toString(validation.loss()));
    }
    pending = null;
    pendingValidation = null;
    if (step % interval == 0) {
      writeOrTell();
    }
  }

  @Override
  public void finished(TrainingResult result) {
    writeOrTell();
  }

  @Override
  public void failed(RuntimeException exception) {
    writeOrTell();
  }

  private void writeOrTell() {
    try {
      write();
      isFailing = false;
    } catch (FjordException e) {
      if (told == null || e.key() != ErrorKey.FILE_UNWRITABLE) {
        throw e;
      }
      if (!isFailing) {
        told.accept(e);
      }
      isFailing = true;
    }
  }

  private void append(StepMetrics m, String validationLoss) {
    rows.append(m.step())
        .append(',')
        .append(m.loss())
        .append(',')
        .append(m.gradientNorm())
        .append(',')
        .append(m.learningRate())
        .append(',')
        .append(m.forwardEvaluations())
        .append(',')
        .append(m.backwardEvaluations())
        .append(',')
        .append(m.seconds())
        .append(',')
        .append(validationLoss)
        .append('\n');
  }

  private void write() {
    AtomicFiles.write(
        path,
        out -> {
          out.write((HEADER + "\n").getBytes(StandardCharsets.UTF_8));
          out.write(rows.toString().getBytes(StandardCharsets.UTF_8));
        });
  }
}
