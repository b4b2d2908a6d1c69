package org.fjordflow.cli;

import java.util.Optional;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendProvider;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.BlasInfo;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.Model;

/** What computes here, said to the user. */
final class Machine {

  private Machine() {}

  /** Says versions, the BLAS, threads and the backends that there are. */
  static void describe(Console console) {
    Versions.all().forEach((name, version) -> console.say("%s: %s", name, version));
    int threads = Runtime.getRuntime().availableProcessors();
    // A backend sets how many threads BLAS takes, so that what is read is what computes.
    try (Backend backend = new CpuBackend(DType.FLOAT32, threads)) {
      BlasInfo blas = BlasInfo.read();
      console.say(
          "blas: OpenBLAS %s, kernel %s, %d %s in each product",
          blas.version(),
          blas.kernel(),
          blas.threads(),
          blas.threads() == 1 ? "thread" : "threads");
      console.say("threads: %d, each with rows of its own", backend.threads());
      blas.advice().ifPresent(line -> console.say("%s", line));
    }
    String auto = Backends.find(Backends.AUTO).id();
    for (BackendProvider provider : Backends.all()) {
      Optional<String> gpu = provider.gpu();
      console.say(
          "backend %s%s: %s%s",
          provider.id(),
          provider.id().equals(auto) ? ", which auto takes" : "",
          provider.description(),
          gpu.map(device -> "; here on " + device).orElse(""));
    }
  }

  /** Says in one line that {@code auto} took another backend than the processor's, if it did. */
  static void sayBackend(Console console, Model model) {
    String taken = model.flow().backend().name();
    if (Backends.AUTO.equals(model.config().backend()) && !taken.equals(Backends.PROCESSOR)) {
      console
          .err()
          .println("backend %s on %s".formatted(taken, Backends.find(taken).gpu().orElse("a GPU")));
    }
  }

  /** Says in one line that products could be faster, where that is known. */
  static void sayAdvice(Console console, Model model) {
    if (model.flow().backend().name().equals(Backends.PROCESSOR)) {
      BlasInfo.read().advice().ifPresent(console.err()::println);
    }
  }
}
