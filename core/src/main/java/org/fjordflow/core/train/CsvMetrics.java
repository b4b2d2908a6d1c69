package org.fjordflow.core.train;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.internal.TrainingState;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a csv file of all steps: {@code step, loss, gradient_norm, learning_rate,
 * forward_evaluations, backward_evaluations, seconds, validation_loss}, the last one empty where
 * there was no validation; the untrained model's is not in it. The file is replaced whole every so many steps and at the end, so that
 * it is a valid table at any time. Steps that were rolled back are left out.
 *
 * <p>A resumed run keeps the rows of a file that is already there, up to the step it resumes from.
 */
public final class CsvMetrics implements TrainingListener {

  private static final String HEADER =
      "step,loss,gradient_norm,learning_rate,forward_evaluations,backward_evaluations,seconds,validation_loss";
  private static final int COLUMNS = 8;

  private final Path path;
  private final long interval;
  private final StringBuilder rows = new StringBuilder();
  private @Nullable StepMetrics pending;
  private @Nullable ValidationMetrics pendingValidation;

  /**
   * Creates a writer.
   *
   * @param path the file
   * @param interval steps between writes, at least 1
   * @throws FjordException INVALID_ARGUMENT if the interval is below 1
   */
  public CsvMetrics(Path path, long interval) {
    if (interval < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "metrics every " + interval + " steps; expected at least 1");
    }
    this.path = path;
    this.interval = interval;
  }

  @Override
  public void started(TrainerConfig config, long step) {
    rows.setLength(0);
    if (step > 0 && Files.exists(path)) {
      Table earlier = Tables.readWithGaps(path);
      for (double[] row : earlier.rows()) {
        if (row.length == COLUMNS && row[0] <= step) {
          append(
              new StepMetrics(
                  (long) row[0], row[1], row[2], row[3], (long) row[4], (long) row[5], row[6]),
              Double.isNaN(row[7]) ? "" : Double.toString(row[7]));
        }
      }
    }
    write();
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
      write();
    }
  }

  @Override
  public void finished(TrainingResult result) {
    write();
  }

  @Override
  public void failed(RuntimeException exception) {
    write();
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
