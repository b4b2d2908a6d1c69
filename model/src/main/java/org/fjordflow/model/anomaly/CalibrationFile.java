package org.fjordflow.model.anomaly;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.JointNormal;
import org.jspecify.annotations.Nullable;

/**
 * A calibration as it lies beside its model.
 *
 * @param format of this file
 * @param parameters SHA-256 of the values of the model that it belongs to
 * @param scoring what makes a row unlike others
 * @param typical mean of minus the log-density of normal rows, 0 where it is not needed
 * @param contamination share of normal rows that may have been anomalies
 * @param unseen price in nats of a cell that has neither density nor probability
 * @param scores of the rows held out, but for infinite ones, increasing
 * @param infinite how many are infinite
 * @param values of each column that are tried for reasons
 * @param normal beside the flow, where there is one
 * @param slope of its scale, 0 where there is none
 * @param shift of its scale, 0 where there is none
 */
record CalibrationFile(
    int format,
    String parameters,
    Scoring scoring,
    double typical,
    double contamination,
    double unseen,
    List<Double> scores,
    int infinite,
    List<List<Double>> values,
    JointNormal.@Nullable Stored normal,
    double slope,
    double shift) {

  /** Name of the file. */
  static final String NAME = "detector.json";

  private static final int FORMAT = 2;

  CalibrationFile {
    scores = ConfigChecks.list("scores", scores);
    values = ConfigChecks.list("values", values);
    ConfigChecks.require(parameters != null, "parameters", parameters, "a checksum");
    ConfigChecks.require(scoring != null, "scoring", scoring, "either, density or typicality");
    ConfigChecks.require(Double.isFinite(typical), "typical", typical, "finite");
    ConfigChecks.require(Double.isFinite(unseen), "unseen", unseen, "finite");
    ConfigChecks.require(infinite >= 0, "infinite", infinite, "0 or more");
    ConfigChecks.require(scores.size() + infinite > 0, "scores", scores, "at least one");
    ConfigChecks.require(
        scores.stream().allMatch(score -> Double.isFinite(score)), "scores", "NaN", "finite");
    ConfigChecks.require(
        values.stream().noneMatch(List::isEmpty), "values", values, "some of each column");
    ConfigChecks.require(
        (scoring == Scoring.EITHER) == (normal != null), "normal", normal, "one, for either");
    ConfigChecks.require(Double.isFinite(slope) && slope >= 0, "slope", slope, "0 or more");
    ConfigChecks.require(Double.isFinite(shift), "shift", shift, "finite");
  }

  static CalibrationFile of(FlowModel model, Learned learned) {
    double[] scores = learned.calibration().scores();
    SecondOpinion second = learned.second();
    List<Double> finite = Arrays.stream(scores).filter(Double::isFinite).boxed().toList();
    return new CalibrationFile(
        FORMAT,
        checksum(model.parameters()),
        learned.scoring(),
        learned.typical(),
        learned.contamination(),
        learned.unseen(),
        finite,
        scores.length - finite.size(),
        Arrays.stream(learned.values())
            .map(column -> Arrays.stream(column).boxed().toList())
            .toList(),
        second == null ? null : second.normal().stored(),
        second == null ? 0 : second.slope(),
        second == null ? 0 : second.shift());
  }

  private static String checksum(Parameters parameters) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      Stream.concat(parameters.entries().stream(), parameters.buffers().stream())
          .forEach(
              entry -> digest.update(entry.parameter().name().getBytes(StandardCharsets.UTF_8)));
      for (double[] values : List.of(parameters.get(), parameters.bufferValues())) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES);
        bytes.asDoubleBuffer().put(values);
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new FjordException(ErrorKey.UNSUPPORTED, "this Java has no SHA-256", e);
    }
  }

  /**
   * Writes the file.
   *
   * @param before what has to be there first: done once the disk has taken the file, and before it
   *     is in its place
   */
  void write(Path folder, Runnable before) {
    byte[] text = JsonConfig.text(JsonConfig.tree(this)).getBytes(StandardCharsets.UTF_8);
    AtomicFiles.write(
        AtomicFiles.createFolder(folder).resolve(NAME),
        out -> {
          out.write(text);
          out.flush();
          before.run();
        });
  }

  static CalibrationFile read(Path folder) {
    Path file = folder.resolve(NAME);
    if (Files.isDirectory(folder) && !Files.isRegularFile(file)) {
      throw new FjordException(
          ErrorKey.FILE_MISSING,
          "%s holds no %s: its model is not calibrated; give normal rows that it was not trained on, as in fjord detect --calibrate"
              .formatted(folder, NAME));
    }
    ObjectNode tree = JsonConfig.read(file);
    if (tree.path("format").asInt(FORMAT) > FORMAT) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "%s: format is %s; this version reads up to %d, use a newer one"
              .formatted(file, tree.path("format"), FORMAT));
    }
    return JsonConfig.value(tree, CalibrationFile.class, file.toString());
  }

  /** Checks that this is the calibration of a model. */
  void requireOf(FlowModel model, Path folder) {
    if (!checksum(model.parameters()).equals(parameters) || values.size() != model.dim()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s is of another model than the one beside it; calibrate that, as in fjord detect --calibrate"
              .formatted(folder.resolve(NAME)));
    }
  }

  Learned learned(FlowModel model) {
    double[] all =
        DoubleStream.concat(
                scores.stream().mapToDouble(Double::doubleValue),
                DoubleStream.generate(() -> Double.POSITIVE_INFINITY).limit(infinite))
            .toArray();
    return new Learned(
        scoring,
        typical,
        contamination,
        unseen,
        Calibration.of(all),
        values.stream()
            .map(column -> column.stream().mapToDouble(Double::doubleValue).toArray())
            .toArray(double[][]::new),
        normal == null ? null : new SecondOpinion(new JointNormal(model, normal), slope, shift));
  }
}
