package org.fjordflow.cli;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every reader under Jazzer, which changes files by the branches that they reach. In the build the
 * sound files alone are read; {@code bench/jazzer} searches.
 */
final class JazzerTest {
  private static @Nullable Path folder;
  private static @Nullable Readers readers;

  /** All readers, made once: models are trained for them. */
  private record Readers(Path folder, List<FuzzTarget> targets) {
    FuzzTarget target(String name) {
      return targets.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    }
  }

  private static Readers readers() throws IOException {
    Readers made = readers;
    if (made == null) {
      Path own = Files.createTempDirectory("jazzer");
      folder = own;
      made = new Readers(own, FuzzTarget.all(own));
      readers = made;
    }
    return made;
  }

  @AfterAll
  static void removeFiles() throws IOException {
    Path own = folder;
    if (own != null) {
      FuzzTarget.deleteAll(own);
    }
    folder = null;
    readers = null;
  }

  /** Sound files of a reader that have one name, of folders or without. */
  private static Stream<byte[]> seeds(String target, String file) throws IOException {
    return readers().target(target).seeds().stream()
        .filter(seed -> seed.file().endsWith(file.substring(file.lastIndexOf('.'))))
        .filter(seed -> !file.contains("/") || seed.file().equals(file))
        .map(FuzzTarget.Seed::bytes);
  }

  /** Reads, or refuses by the one kind of exception. */
  private static void read(String target, String file, byte[] bytes) throws IOException {
    Path at = readers().folder().resolve("in").resolve(file);
    Path own = Objects.requireNonNull(at.getParent());
    Files.createDirectories(own);
    Files.write(at, bytes);
    try {
      readers().target(target).reader().read(at);
      readers().target(target).use().read(at);
    } catch (FjordException e) {
      // As it should be.
    } finally {
      FuzzTarget.delete(own);
    }
  }

  static Stream<byte[]> csvSeeds() throws IOException {
    return seeds("csv", "a.csv");
  }

  @MethodSource("csvSeeds")
  @FuzzTest
  void csv(byte[] bytes) throws IOException {
    read("csv", "a.csv", bytes);
  }

  static Stream<byte[]> blanksSeeds() throws IOException {
    return seeds("csv", "d.txt");
  }

  @MethodSource("blanksSeeds")
  @FuzzTest
  void blanks(byte[] bytes) throws IOException {
    read("csv", "d.txt", bytes);
  }

  static Stream<byte[]> packedSeeds() throws IOException {
    return seeds("csv", "e.csv.gz");
  }

  @MethodSource("packedSeeds")
  @FuzzTest
  void packed(byte[] bytes) throws IOException {
    read("csv", "e.csv.gz", bytes);
  }

  static Stream<byte[]> csvInPartsSeeds() throws IOException {
    return seeds("csv, in parts", "a.csv");
  }

  @MethodSource("csvInPartsSeeds")
  @FuzzTest
  void csvInParts(byte[] bytes) throws IOException {
    read("csv, in parts", "a.csv", bytes);
  }

  static Stream<byte[]> npySeeds() throws IOException {
    return seeds("npy", "a.npy");
  }

  @MethodSource("npySeeds")
  @FuzzTest
  void npy(byte[] bytes) throws IOException {
    read("npy", "a.npy", bytes);
  }

  static Stream<byte[]> npyInPartsSeeds() throws IOException {
    return seeds("npy, in parts", "a.npy");
  }

  @MethodSource("npyInPartsSeeds")
  @FuzzTest
  void npyInParts(byte[] bytes) throws IOException {
    read("npy, in parts", "a.npy", bytes);
  }

  static Stream<byte[]> npzSeeds() throws IOException {
    return seeds("npz", "a.npz");
  }

  @MethodSource("npzSeeds")
  @FuzzTest
  void npz(byte[] bytes) throws IOException {
    read("npz", "a.npz", bytes);
  }

  static Stream<byte[]> idxSeeds() throws IOException {
    return seeds("idx", "a.idx");
  }

  @MethodSource("idxSeeds")
  @FuzzTest
  void idx(byte[] bytes) throws IOException {
    read("idx", "a.idx", bytes);
  }

  static Stream<byte[]> safetensorsSeeds() throws IOException {
    return seeds("safetensors", "a.safetensors");
  }

  @MethodSource("safetensorsSeeds")
  @FuzzTest
  void safetensors(byte[] bytes) throws IOException {
    read("safetensors", "a.safetensors", bytes);
  }

  static Stream<byte[]> parquetSeeds() throws IOException {
    return seeds("parquet", "a.parquet");
  }

  @MethodSource("parquetSeeds")
  @FuzzTest
  void parquet(byte[] bytes) throws IOException {
    read("parquet", "a.parquet", bytes);
  }

  static Stream<byte[]> configurationSeeds() throws IOException {
    return seeds("config.json", "table/config.json");
  }

  @MethodSource("configurationSeeds")
  @FuzzTest
  void configuration(byte[] bytes) throws IOException {
    read("config.json", "table/config.json", bytes);
  }

  static Stream<byte[]> weightsSeeds() throws IOException {
    return seeds("model.safetensors", "maf/model.safetensors");
  }

  @MethodSource("weightsSeeds")
  @FuzzTest
  void weights(byte[] bytes) throws IOException {
    read("model.safetensors", "maf/model.safetensors", bytes);
  }

  static Stream<byte[]> checkpointSeeds() throws IOException {
    return seeds("checkpoint", "checkpoint.safetensors");
  }

  @MethodSource("checkpointSeeds")
  @FuzzTest
  void checkpoint(byte[] bytes) throws IOException {
    read("checkpoint", "checkpoint.safetensors", bytes);
  }

  static Stream<byte[]> importedSeeds() throws IOException {
    return seeds("import", "ffjord.json");
  }

  @MethodSource("importedSeeds")
  @FuzzTest
  void imported(byte[] bytes) throws IOException {
    read("import", "ffjord.json", bytes);
  }
}
