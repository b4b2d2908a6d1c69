package org.fjordflow.cli;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes that files claim and people give, beyond what there is. */
final class SizesTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final long MEBIBYTE = 1L << 20;

  @TempDir private Path folder;

  private Path saved(Recipe recipe) {
    Path model = folder.resolve(recipe.id());
    try (FlowModel created = FlowModel.create(recipe.spec(3, 0), new SplittableRandom(1), 1)) {
      created.save(model);
    }
    return model;
  }

  private static void change(Path model, String key, String value) throws IOException {
    ObjectMapper json = new ObjectMapper();
    Path config = model.resolve("config.json");
    JsonNode root = json.readTree(config.toFile());
    ObjectNode owner = (ObjectNode) root.findParent(key);
    owner.set(key, json.readTree(value));
    json.writeValue(config.toFile(), root);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FFJORD  | blocks | 1000000                 | the model is too large",
        "FFJORD  | blocks | 2147483647              | the model is too large",
        "FFJORD  | hidden | [15000,15000]           | 15000 x 15000",
        "FFJORD  | hidden | [2147483647]            | the model is too large",
        "MAF     | hidden | [46341,46341]           | the model is too large",
        "MAF     | hidden | [2147483647,2147483647] | the model is too large",
        "MAF     | layers | 2147483647              | the model is too large",
        "NSF     | layers | 1000000                 | the model is too large",
        "GLOW    | hidden | [46341,46341]           | the model is too large",
        "TARFLOW | width  | 1000000                 | the model is too large",
        "PLANAR  | layers | 1000000                 | the model is too large",
        "FFJORD  | model  | null                    | has no 'model'",
        "NSF     | model  | []                      | is of no kind that is known",
      })
  void aConfigurationThatTheWeightsDoNotFit(
      Recipe recipe, String key, String value, String mentioned) throws IOException {
    Path model = saved(recipe);
    change(model, key, value);
    CommandRun.of("info", model).assertFailed(ExitStatus.WRONG_INPUT, mentioned);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    assertThrows(FjordException.class, () -> FlowModel.load(model));
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    long size = Files.size(model.resolve("model.safetensors"));
    assertTrue(allocated < 64 * size + 8 * MEBIBYTE, allocated + " bytes");
    change(model, "format", "2");
    CommandRun.of("sample", "--model", model, "--n", 1, "--out", folder.resolve("s.csv"))
        .assertFailed(ExitStatus.WRONG_INPUT, mentioned);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ffjord | hidden=2147483647   | memory train at most",
        "ffjord | blocks=10000000     | memory train at most",
        "maf    | hidden=46341,460000 | memory train at most",
        "nsf    | layers=2147483647   | memory train at most",
        "ffjord | probes=2147483647   | 10000"
      })
  void aModelThatNoMemoryTrains(String name, String setting, String mentioned) throws IOException {
    Path data = folder.resolve("rows.csv");
    StringBuilder rows = new StringBuilder("a,b,c,d\n");
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 60; i++) {
      rows.append(
          "%s,%s,%s,%s%n"
              .formatted(
                  random.nextDouble(),
                  random.nextDouble(),
                  random.nextDouble(),
                  random.nextDouble()));
    }
    Files.writeString(data, rows);
    CommandRun.of(
            "train",
            "--data",
            data,
            "--model",
            name,
            "--set",
            setting,
            "--steps",
            1,
            "--out",
            folder.resolve("run"),
            "--no-pictures")
        .assertFailed(ExitStatus.WRONG_INPUT, mentioned);
  }

  private static void zeros(OutputStream out, int lines) throws IOException {
    byte[] line = "0,0,0\n".getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < lines; i++) {
      out.write(line);
    }
  }

  @Test
  void aPackedFileThatBecomesTooLarge() throws IOException {
    Path packed = folder.resolve("zeros.csv.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      zeros(out, 100_000);
    }
    ReadOptions strict = ReadOptions.defaults().withUnpacked(50_000);
    assertFails(
        ErrorKey.UNSUPPORTED,
        () -> Tables.read(packed.toString(), strict),
        "zeros.csv.gz unpacks to more than",
        "--unpack-limit 8g");
    assertEquals(
        100_000, Tables.read(packed.toString(), strict.withUnpacked(2_000_000)).rowCount());
    assertEquals(100_000, Tables.read(packed).rowCount());
    Path model = saved(Recipe.MAF);
    CommandRun.of(
            "score",
            "--model",
            model,
            "--data",
            packed,
            "--out",
            folder.resolve("s.csv"),
            "--unpack-limit",
            "50k")
        .assertFailed(ExitStatus.WRONG_INPUT, "unpacks to more than", "--unpack-limit");
    CommandRun.of(
            "score",
            "--model",
            model,
            "--data",
            packed,
            "--out",
            folder.resolve("s.csv"),
            "--unpack-limit",
            "much")
        .assertFailed(ExitStatus.WRONG_INPUT, "expected a size such as 500m");
  }

  @Test
  void anArchiveThatBecomesTooLarge() throws IOException {
    Path array = folder.resolve("a.npy");
    Tables.write(array, Table.of(new double[20_000][8]));
    Path archive = folder.resolve("a.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
      zip.putNextEntry(new ZipEntry("X.npy"));
      zip.write(Files.readAllBytes(array));
      zip.closeEntry();
    }
    ReadOptions strict = ReadOptions.defaults().withUnpacked(100_000);
    assertFails(
        ErrorKey.UNSUPPORTED,
        () -> Tables.read(archive.toString(), strict),
        "a.npz unpacks to more than");
    assertEquals(20_000, Tables.read(archive).rowCount());
  }

  /** The shape in the header is checked against the file before rows are made. */
  @Test
  void anArrayWhoseHeaderClaimsMore() throws IOException {
    Path array = folder.resolve("wide.npy");
    Tables.write(array, Table.of(new double[][] {{1, 2, 3}, {4, 5, 6}}));
    byte[] bytes = Files.readAllBytes(array);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    Files.write(
        array,
        text.replace("(2, 3), }          ", "(1, 16000000), }   ")
            .getBytes(StandardCharsets.ISO_8859_1));
    Path model = saved(Recipe.MAF);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    CommandRun.of("score", "--model", model, "--data", array, "--out", folder.resolve("s.csv"))
        .assertFailed(ExitStatus.WRONG_INPUT, "does not fit");
    assertTrue(THREADS.getCurrentThreadAllocatedBytes() - before < 16 * MEBIBYTE);
  }
}
