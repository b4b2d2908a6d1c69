package org.fjordflow.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.fjordflow.cli.page.DetectionPage;
import org.fjordflow.model.anomaly.Alarm;
import org.fjordflow.model.anomaly.AnomalyDetector;
import org.fjordflow.model.anomaly.Detection;
import org.fjordflow.report.PictureWriter;
import org.fjordflow.report.ScoresPicture;
import org.fjordflow.report.page.PageWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells anomalies. */
@Command(
    name = "detect",
    description = {
      "Tells which rows of a file are unlike normal rows, and which columns make them so.",
      "A flow is trained on most of the normal rows; the others say how high their scores are, so that"
          + " a score becomes a p-value: of normal rows no more than the wanted rate is told.",
      "Written are the number or id of each row, log_prob, score, p_value, rank, anomaly (1 or 0) and"
          + " because."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Versions.class,
    sortSynopsis = false,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  fjord detect --train normal.csv --data new.csv --rate 0.01 --out flags.csv",
      "  fjord detect --train normal.csv --data new.csv --fdr 0.1 --out flags.csv --save runs/normal",
      "  fjord detect --model runs/normal --data more.csv --out more-flags.csv",
      "  fjord detect --train normal.csv --data judged.csv --labels failed --out flags.csv"
    })
final class DetectCommand implements Callable<Integer> {

  private static final double RATE = 0.01;

  private final Console console;

  @Mixin private DetectorMaking making;

  @Mixin private RowFiles files;

  @Option(
      names = "--rate",
      paramLabel = "X",
      description = "tell so many of normal rows, falsely, at most (default: 0.01)")
  private @Nullable Double rate;

  @Option(
      names = "--fdr",
      paramLabel = "X",
      description =
          "in place of --rate: of the rows that are told at most this share is normal, in the mean"
              + " (Benjamini-Hochberg)")
  private @Nullable Double fdr;

  @Option(
      names = "--labels",
      paramLabel = "COLUMN",
      description =
          "a column of the data that says which rows are anomalies: says how well they are told. It"
              + " is never learned from")
  private @Nullable String labels;

  @Option(
      names = "--normal",
      paramLabel = "VALUE",
      description = "what normal rows have in --labels (default: 0, no, false, normal, inlier, ok)")
  private @Nullable String normal;

  @Mixin private CarryOption carry;

  @Option(
      names = "--no-reasons",
      description = "leave the column because empty, which is faster where many rows are told")
  private boolean noReasons;

  @Option(
      names = "--parts",
      description =
          "write what each column adds to the score, given those before it, as part_NAME: of a model"
              + " with one autoregressive layer")
  private boolean parts;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description = "draw the scores, the threshold and the highest rows into this .png")
  private @Nullable Path picture;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "make a page to look at, of scores, p-values and the highest rows: an .html file")
  private @Nullable Path page;

  DetectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Usage.require(
        rate == null || fdr == null,
        "--rate and --fdr each say which rows are told; give one of them");
    Usage.require(
        normal == null || labels != null,
        "--normal is of a column of labels; give --labels COLUMN too");
    Alarm alarm = fdr != null ? Alarm.fdr(fdr) : Alarm.rate(rate == null ? RATE : rate);
    Double wanted = alarm instanceof Alarm.Rate asked ? asked.rate() : null;
    Console said = files.beside(console);
    List<String> beside = new ArrayList<>(carry.names());
    if (labels != null) {
      beside.add(labels);
    }
    String data = files.data();
    files.requireOther(making.inputs(data), picture, page);
    CarriedColumns.requireColumns(data, files.reading(), beside); // before what takes long
    try (DetectorMaking.Made made = making.make(files.reading(), labels, wanted, said)) {
      if (made == null) {
        return ExitStatus.INTERRUPTED;
      }
      AnomalyDetector detector = made.detector();
      LabelColumn column = labels == null ? null : new LabelColumn(labels, normal);
      CarriedColumns carried =
          new CarriedColumns(
              data,
              detector.model(),
              making.id(),
              carry.names(),
              CarriedColumns.Numbers.WITHOUT_ID);
      DetectedRows rows = new DetectedRows(files, detector, carried, column);
      Detection found = detector.detect(rows.score(), alarm);
      boolean[] anomalous = column == null ? null : column.anomalous(column.labelled());
      rows.write(found, !noReasons, parts, console);
      report(detector, found, said);
      Judgement judgement =
          column == null || anomalous == null
              ? null
              : Judgement.of(column.labelled(), anomalous, found);
      String kept = "what was found is in " + files.out();
      Outputs.keeping(kept, () -> draw(detector, found, rows, judgement, said));
      if (judgement != null) {
        judgement.say(said);
      }
      if (made.unsaved() != null) {
        throw Outputs.kept(made.unsaved(), kept);
      }
    }
    return ExitStatus.DONE;
  }

  private void draw(
      AnomalyDetector detector,
      Detection found,
      DetectedRows rows,
      @Nullable Judgement judgement,
      Console said) {
    if (picture != null) {
      PictureWriter.write(
          picture,
          ScoresPicture.draw(
              detector.calibration().scores(),
              found.score(),
              found.threshold(),
              rows.shown(found)));
      said.say("picture: %s", picture);
    }
    if (page != null) {
      PageWriter.write(page, DetectionPage.of(rows.page(found, detector.calibration(), judgement)));
      said.say("page: %s", page);
    }
  }

  private void report(AnomalyDetector detector, Detection found, Console said) {
    int held = detector.calibration().size();
    said.say(
        "%d of %d rows told as anomalies, %s; %d rows held out -> %s",
        found.count(),
        found.size(),
        found.count() == 0 && fdr != null
            ? "at a false discovery rate of " + fdr
            : String.format(Locale.ROOT, "scores above %.4f", found.threshold()),
        held,
        files.out());
    int[] none =
        IntStream.range(0, found.size()).filter(i -> Double.isNaN(found.score()[i])).toArray();
    if (none.length > 0) {
      said.say(
          "%d %s cells and %s no score, the first is row %d",
          none.length,
          none.length == 1 ? "row lacks" : "rows lack",
          none.length == 1 ? "has" : "have",
          none[0] + 1);
    }
    if (fdr != null) {
      long least = (long) Math.ceil(found.size() / (fdr * (held + 1)) - 1e-9);
      if (found.count() == 0 && least > 1) {
        said.say(
            "the least p-value is %.2g with %d rows held out, so that rows are told only if %d or more"
                + " have it; hold out more rows, or give --rate",
            detector.calibration().leastPValue(), held, least);
      }
    }
  }
}
