package org.fjordflow.core.backend;

import com.sun.jna.NativeLibrary;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fjordflow.core.backend.internal.VectorInstructions;

/**
 * The BLAS that {@link CpuBackend} computes with. JavaCPP does not export what says so; JNA asks
 * the library that JavaCPP has loaded.
 *
 * @param version such as {@code 0.3.31}, or {@code unknown} where another BLAS was put in its place
 * @param kernel the processor that its loops were written for, such as {@code SkylakeX}, or {@code
 *     unknown}
 * @param threads how many threads one product takes; {@link CpuBackend} sets one, and works on
 *     several rows at once instead
 */
public record BlasInfo(String version, String kernel, int threads) {
  private static final String UNKNOWN = "unknown";

  /** Part of the name that OpenBLAS has on every system; JavaCPP's own library begins with jni. */
  private static final String LIBRARY = "openblas";

  private static final String STUBS = "jni";

  /** Loads OpenBLAS where that has not happened yet, and asks it. */
  public static BlasInfo read() {
    Loader.load(openblas_nolapack.class);
    return Loader.getLoadedLibraries().entrySet().stream()
        .filter(entry -> entry.getKey().contains(LIBRARY) && !entry.getKey().startsWith(STUBS))
        .findFirst()
        .map(Map.Entry::getValue)
        .flatMap(BlasInfo::ask)
        .orElseGet(() -> new BlasInfo(UNKNOWN, UNKNOWN, openblas_nolapack.blas_get_num_threads()));
  }

  /** Asks the library in a file; empty if it is another BLAS under that name. */
  private static Optional<BlasInfo> ask(String file) {
    try {
      NativeLibrary library = NativeLibrary.getInstance(file);
      // "OpenBLAS 0.3.31 DYNAMIC_ARCH NO_AFFINITY SkylakeX MAX_THREADS=64"
      String[] words = text(library, "openblas_get_config").split("\\s+", -1);
      String version = words.length > 1 ? words[1] : UNKNOWN;
      int threads = library.getFunction("openblas_get_num_threads").invokeInt(new Object[0]);
      return Optional.of(new BlasInfo(version, text(library, "openblas_get_corename"), threads));
    } catch (UnsatisfiedLinkError e) {
      return Optional.empty();
    }
  }

  private static String text(NativeLibrary library, String name) {
    String text = library.getFunction(name).invokeString(new Object[0], false);
    return text == null ? UNKNOWN : text;
  }

  /**
   * Says in one line that the kernel is older than the instructions this processor has, and what to
   * do. Known on x86 processors under Linux; elsewhere there is nothing to say.
   *
   * @return the line, or empty if the kernel is as new as the processor or either is unknown
   */
  public Optional<String> advice() {
    return advice(
        VectorInstructions.ofThisProcessor(),
        Optional.ofNullable(System.getenv(VectorInstructions.KERNEL_VARIABLE)));
  }

  /**
   * The line for a processor and a variable.
   *
   * @param processor what the processor has, empty where unknown
   * @param asked the kernel that the environment asks for, empty where it does not
   */
  Optional<String> advice(Optional<VectorInstructions> processor, Optional<String> asked) {
    Optional<VectorInstructions> own = VectorInstructions.ofKernel(kernel);
    if (own.isEmpty() || processor.isEmpty() || own.get().compareTo(processor.get()) >= 0) {
      return Optional.empty();
    }
    String what =
        "OpenBLAS %s computes with kernel %s (%s), though this processor has %s: products take longer than they need to; "
            .formatted(version, kernel, own.get().title(), processor.get().title());
    return Optional.of(
        what
            + asked
                .map(
                    name ->
                        "the environment variable %s=%s says so, unset it"
                            .formatted(VectorInstructions.KERNEL_VARIABLE, name))
                .orElse("a newer OpenBLAS may know this processor"));
  }
}
