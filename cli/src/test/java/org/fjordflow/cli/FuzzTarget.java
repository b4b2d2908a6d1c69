package org.fjordflow.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.ffjord.FfjordFiles;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.Tables.ReadOptions;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Tensor;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;

/**
 * A reader with sound files, which are changed before they are read.
 *
 * @param name of the reader
 * @param seeds sound files
 * @param share of all inputs, in thousandths
 * @param reader reads a changed file
 * @param use does more with a file that was read, for as long as the file itself asks for
 */
record FuzzTarget(String name, List<Seed> seeds, int share, Reader reader, Reader use) {

  private FuzzTarget(String name, List<Seed> seeds, int share, Reader reader) {
    this(name, seeds, share, reader, file -> {});
  }

  /**
   * A sound file.
   *
   * @param file as it is named
   * @param bytes what it holds
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  record Seed(String file, byte[] bytes) {}

  /** Reads a file that lies in a folder of its own. */
  @FunctionalInterface
  interface Reader {
    void read(Path file) throws IOException;
  }

  /**
   * Makes all readers.
   *
   * @param folder for what is needed beside the files
   */
  static List<FuzzTarget> all(Path folder) throws IOException {
    List<FuzzTarget> targets = new ArrayList<>();
    List<Seed> texts =
        List.of(
            text("a.csv", "a,b,c\n1,2,3\n4,5.5,-6e3\n7,8,9\n"),
            text(
                "b.csv", "name,day,\"a \"\"b\"\"\"\nBern,2020-01-02,1\n\"Ba\nsel\",2021-03-04,2\n"),
            text("c.tsv", "# remark\n1\t2\n\n3\t4\n"),
            text("d.txt", "1 2 3\n 4  5 6\n"),
            new Seed("e.csv.gz", packed("a,b\n1,2\n3,4\n")));
    targets.add(
        new FuzzTarget(
            "csv", texts, 330, file -> Tables.read(file.toString(), ReadOptions.defaults())));
    targets.add(new FuzzTarget("csv, in parts", texts, 150, FuzzTarget::stream));
    List<Seed> arrays =
        List.of(new Seed("a.npy", npy(folder, 5, 3)), new Seed("b.npy", npy(folder, 1, 1)));
    targets.add(new FuzzTarget("npy", arrays, 130, file -> Tables.read(file)));
    targets.add(new FuzzTarget("npy, in parts", arrays, 80, FuzzTarget::stream));
    targets.add(
        new FuzzTarget(
            "npz",
            List.of(
                new Seed("a.npz", npz(npy(folder, 4, 2), true)),
                new Seed("b.npz", npz(npy(folder, 4, 2), false))),
            80,
            file -> Tables.read(file)));
    targets.add(
        new FuzzTarget(
            "idx",
            List.of(new Seed("a.idx", idx()), new Seed("b.idx.gz", packed(idx()))),
            90,
            file -> Tables.read(file)));
    targets.add(
        new FuzzTarget(
            "safetensors",
            List.of(new Seed("a.safetensors", safetensors(folder))),
            80,
            file -> Tables.read(file)));
    targets.add(
        new FuzzTarget(
            "parquet",
            List.of(
                new Seed("a.parquet", parquet(folder, rows().selectRows(new int[] {0, 1, 2}))),
                new Seed("b.parquet", parquet(folder, kinds(folder)))),
            10,
            FuzzTarget::stream));
    models(folder, targets);
    return targets;
  }

  private static void models(Path folder, List<FuzzTarget> targets) throws IOException {
    List<Seed> configs = new ArrayList<>();
    List<Seed> weights = new ArrayList<>();
    List<Path> folders = new ArrayList<>();
    for (Recipe recipe : Recipe.values()) {
      Path own = folder.resolve("models/" + recipe.id());
      try (FlowModel model =
          FlowModel.fit(rows(), FitOptions.builder(recipe).steps(1).seed(1).threads(1).build())) {
        model.save(own);
      }
      folders.add(own);
    }
    Path table = folder.resolve("models/table");
    Path csv = folder.resolve("kinds.csv");
    Files.writeString(csv, kinds());
    CommandRun.done(
        "train", "--data", csv, "--out", table, "--steps", 2, "--no-pictures", "--threads", 1);
    folders.add(table);
    for (Path own : folders) {
      ObjectNode config = ModelFolder.describe(own);
      config.retain("format", "model", "columns", "contextColumns", "weights");
      configs.add(
          new Seed(
              own.getFileName() + "/config.json",
              config.toPrettyString().getBytes(StandardCharsets.UTF_8)));
      weights.add(
          new Seed(
              own.getFileName() + "/model.safetensors", bytes(own.resolve("model.safetensors"))));
    }
    Reader loading = file -> FlowModel.load(parent(file), spec -> spec, 1).close();
    Reader scoring =
        file -> {
          try (FlowModel model = FlowModel.load(parent(file), spec -> spec, 1)) {
            model.logProb(new double[][] {new double[model.dim()]});
          }
        };
    targets.add(new FuzzTarget("config.json", configs, 30, beside(folder, loading), scoring));
    targets.add(new FuzzTarget("model.safetensors", weights, 10, beside(folder, loading)));
    Path checkpoint = table.resolve("checkpoint.safetensors");
    FlowModel layout = FlowModel.load(table, spec -> spec, 1);
    targets.add(
        new FuzzTarget(
            "checkpoint",
            List.of(new Seed("checkpoint.safetensors", bytes(checkpoint))),
            7,
            file -> Checkpoint.read(file, layout.parameters())));
    Path imported = folder.resolve("imported");
    try (BuiltModel<ModelConfig> model = ModelConfig.ffjord(2).create(new SplittableRandom(1), 1)) {
      ModelFolder.save(imported, model, Map.of());
    }
    String settings =
        "{\"dims\": \"64-64-64\", \"layer_type\": \"concatsquash\", \"nonlinearity\": \"tanh\", \"num_blocks\": 1}";
    Files.writeString(imported.resolve("ffjord.json"), settings);
    targets.add(
        new FuzzTarget(
            "import",
            List.of(
                new Seed("model.safetensors", bytes(imported.resolve("model.safetensors"))),
                new Seed("ffjord.json", settings.getBytes(StandardCharsets.UTF_8))),
            3,
            file -> {
              boolean tensors = file.toString().endsWith("safetensors");
              FfjordFiles.read(
                      tensors ? file : imported.resolve("model.safetensors"),
                      tensors ? imported.resolve("ffjord.json") : file,
                      null)
                  .close();
            }));
  }

  private static Path parent(Path file) {
    return Objects.requireNonNull(file.getParent());
  }

  /** The other files of a model's folder are put beside the changed one. */
  private static Reader beside(Path folder, Reader reader) {
    return file -> {
      Path own = folder.resolve("models").resolve(parent(file).getFileName());
      for (String name : List.of("config.json", "model.safetensors")) {
        Path other = file.resolveSibling(name);
        if (!other.equals(file) && !Files.exists(other)) {
          Files.copy(own.resolve(name), other);
        }
      }
      reader.read(file);
    };
  }

  private static void stream(Path file) {
    ReadOptions options =
        ReadOptions.defaults().withMissing(ReadOptions.Missing.KEEP).withInfinite(true);
    try (Tables.Rows rows = TableFiles.stream(file.toString(), options, Set.of(), 2)) {
      while (rows.next() != null) {}
    }
  }

  private static Table rows() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] rows = new double[64][2];
    for (double[] row : rows) {
      row[0] = random.nextGaussian();
      row[1] = row[0] * row[0] + random.nextGaussian();
    }
    return Table.of(List.of("a", "b"), rows);
  }

  private static String kinds() {
    StringBuilder text = new StringBuilder("size,count,town,day\n");
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 80; i++) {
      text.append(random.nextGaussian())
          .append(',')
          .append(random.nextInt(5))
          .append(random.nextBoolean() ? ",Bern,2020-01-0" : ",Rome,2020-01-0")
          .append(1 + random.nextInt(9))
          .append('\n');
    }
    return text.toString();
  }

  private static Seed text(String name, String text) {
    return new Seed(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] bytes(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  private static byte[] packed(String text) {
    return packed(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] packed(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      packed.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static byte[] npy(Path folder, int rows, int columns) throws IOException {
    Path file = folder.resolve("seed.npy");
    double[][] values = new double[rows][columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        values[i][j] = i - 0.5 * j;
      }
    }
    Tables.write(file, Table.of(values));
    return bytes(file);
  }

  private static byte[] npz(byte[] npy, boolean deflated) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setLevel(deflated ? 9 : 0);
      for (String name : List.of("X.npy", "y.npy")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(npy);
        zip.closeEntry();
      }
    }
    return out.toByteArray();
  }

  private static byte[] idx() {
    ByteBuffer out = ByteBuffer.allocate(4 + 12 + 2 * 2 * 3).order(ByteOrder.BIG_ENDIAN);
    out.putInt(0x00000803).putInt(2).putInt(2).putInt(3);
    for (int i = 0; i < 12; i++) {
      out.put((byte) (20 * i));
    }
    return out.array();
  }

  private static byte[] safetensors(Path folder) throws IOException {
    Path file = folder.resolve("seed.safetensors");
    new SafetensorsFile(
            Map.of(
                "X", Tensor.float32(new double[] {1, 2, 3, 4, 5, 6}, 3, 2),
                "y", Tensor.float64(new double[] {1, 2, 3}, 3)),
            Map.of("made", "here"))
        .write(file);
    return bytes(file);
  }

  private static Table kinds(Path folder) throws IOException {
    Path file = folder.resolve("seed.csv");
    Files.writeString(file, kinds());
    return Tables.read(file);
  }

  private static byte[] parquet(Path folder, Table table) throws IOException {
    Path file = folder.resolve("seed.parquet");
    try (Tables.Writer writer = new ParquetTables(file)) {
      writer.append(table);
      writer.finish();
    }
    return bytes(file);
  }

  /** Deletes a folder with what is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /** Deletes a folder with all that is below it. */
  static void deleteAll(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
