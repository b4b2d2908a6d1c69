package org.fjordflow.core.backend.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Vector instructions of x86 processors that OpenBLAS has kernels for, oldest first. */
public enum VectorInstructions {
  SSE(
      "SSE",
      "",
      "Katmai Coppermine Northwood Prescott Banias Atom Core2 Penryn Dunnington Nehalem Athlon"
          + " Opteron Opteron_SSE3 Barcelona Nano Bobcat"),
  AVX("AVX", "avx", "Sandybridge Bulldozer Piledriver Steamroller"),
  AVX2("AVX2", "avx2 fma", "Excavator Haswell Zen"),
  /** With vectors of any length: OpenBLAS gives Haswell's kernel to the first Xeon Phi. */
  AVX512("AVX-512", "avx512f avx512vl", "SkylakeX Cooperlake SapphireRapids");

  /** The environment variable that makes OpenBLAS take a kernel, whatever the processor. */
  public static final String KERNEL_VARIABLE = "OPENBLAS_CORETYPE";

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private final String title;
  private final String flags;
  private final String kernels;

  VectorInstructions(String title, String flags, String kernels) {
    this.title = title;
    this.flags = flags;
    this.kernels = kernels;
  }

  /** Returns the usual way to write it. */
  public String title() {
    return title;
  }

  /** Returns what a kernel of OpenBLAS uses, by its name in any case; empty where not known. */
  public static Optional<VectorInstructions> ofKernel(String name) {
    return Stream.of(values())
        .filter(level -> words(level.kernels).contains(name.toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  /** Returns the newest of which a processor has all flags, as Linux names them. */
  public static VectorInstructions ofFlags(Set<String> present) {
    VectorInstructions newest = SSE;
    for (VectorInstructions level : values()) {
      if (present.containsAll(words(level.flags))) {
        newest = level;
      }
    }
    return newest;
  }

  /** Returns what this processor has; empty where it is no x86 or the system is not Linux. */
  public static Optional<VectorInstructions> ofThisProcessor() {
    if (!Files.isReadable(CPU_INFO)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .findFirst()
          .map(line -> ofFlags(words(line)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Returns what OpenBLAS's kernels use here: those that the environment asks for, or the
   * processor's own; empty where neither is known.
   */
  public static Optional<VectorInstructions> ofTakenKernels() {
    return Optional.ofNullable(System.getenv(KERNEL_VARIABLE))
        .map(VectorInstructions::ofKernel)
        .orElseGet(VectorInstructions::ofThisProcessor);
  }

  private static Set<String> words(String text) {
    return Stream.of(text.toLowerCase(Locale.ROOT).split("\\s+", -1))
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toSet());
  }
}
