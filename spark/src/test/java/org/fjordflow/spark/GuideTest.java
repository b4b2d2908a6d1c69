package org.fjordflow.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program of docs/guide-spark.md: what it says is what runs here. */
final class GuideTest {

  @Test
  void theGuidesProgramRuns(@TempDir Path own) throws IOException {
    StringBuilder csv = new StringBuilder("x,y,group\n");
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 500; i++) {
      double x = random.nextGaussian();
      csv.append(x).append(',').append(x + random.nextGaussian()).append(',');
      csv.append(i % 2 == 0 ? "red" : "green").append('\n');
    }
    String path = Files.writeString(own.resolve("rows.csv"), csv).toString();
    String folder = own.resolve("stage").toString();
    try (SparkSession session = SparkFlowTest.session("guide")) {
      // guide
      Dataset<Row> rows =
          session.read().option("header", true).option("inferSchema", true).csv(path);
      FlowModelTransformer flow =
          new FlowEstimator()
              .setInputCols("x", "y", "group")
              .setGivenCols("group")
              .setSteps(200)
              .fit(rows);
      Dataset<Row> scored = flow.transform(rows); // the same rows with log_prob, in nats
      flow.write().overwrite().save(folder); // folder/model is what ./fjord and FlowModel.load read
      FlowModelTransformer served = FlowModelTransformer.load(folder).setHandleInvalid("keep");
      // end
      assertEquals(500, scored.select("log_prob").count());
      assertEquals(
          scored.select("log_prob").collectAsList(),
          served.transform(rows).select("log_prob").collectAsList());
    }
  }

  @Test
  void theGuideSaysWhatRuns() throws IOException {
    String said = block("(?s)~~~java\n(.*?)~~~", Path.of("../docs/guide-spark.md"));
    String runs =
        block(
            "(?s)// guide\n(.*?)// end",
            Path.of("src/test/java/org/fjordflow/spark/GuideTest.java"));
    assertEquals(said, runs);
  }

  /** Without what lies between words, which a formatter may change. */
  private static String block(String pattern, Path file) throws IOException {
    Matcher found = Pattern.compile(pattern).matcher(Files.readString(file));
    assertTrue(found.find(), file + " has no program");
    return found.group(1).replaceAll("\\s+", "");
  }
}
