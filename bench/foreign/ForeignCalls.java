import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Times products of matrices by JavaCPP and by the foreign function interface of Java 22, on the
 * same native memory with the same OpenBLAS. Stands apart from the module, which is built for 17.
 */
public final class ForeignCalls {

  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int REPETITIONS = 9;
  private static final FunctionDescriptor SGEMM =
      FunctionDescriptor.ofVoid(
          JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_FLOAT, ADDRESS,
          JAVA_INT, ADDRESS, JAVA_INT, JAVA_FLOAT, ADDRESS, JAVA_INT);
  private static final MethodHandle FOREIGN = handle();
  private static final MethodHandle CRITICAL = handle(Linker.Option.critical(false));

  private interface Product {
    void run(int size) throws Throwable;
  }

  private final FloatPointer a;
  private final FloatPointer b;
  private final FloatPointer c;
  private final MemorySegment x;
  private final MemorySegment y;
  private final MemorySegment z;

  private ForeignCalls(int size) {
    a = zeros(size);
    b = zeros(size);
    c = zeros(size);
    x = MemorySegment.ofAddress(a.address());
    y = MemorySegment.ofAddress(b.address());
    z = MemorySegment.ofAddress(c.address());
  }

  private static FloatPointer zeros(int size) {
    FloatPointer made = new FloatPointer((long) size * size);
    made.zero();
    return made;
  }

  private static MethodHandle handle(Linker.Option... options) {
    Path jni = Path.of(Loader.load(openblas_nolapack.class));
    SymbolLookup library =
        SymbolLookup.libraryLookup(
            jni.resolveSibling("libopenblas_nolapack.so.0"), Arena.global());
    return Linker.nativeLinker()
        .downcallHandle(library.find("cblas_sgemm").orElseThrow(), SGEMM, options);
  }

  private void byJavaCpp(int n) {
    openblas_nolapack.cblas_sgemm(
        ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1f, a, n, b, n, 0f, c, n);
  }

  private void byForeign(int n) throws Throwable {
    FOREIGN.invokeExact(
        ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1f, x, n, y, n, 0f, z, n);
  }

  private void byCritical(int n) throws Throwable {
    CRITICAL.invokeExact(
        ROW_MAJOR, NO_TRANSPOSE, NO_TRANSPOSE, n, n, n, 1f, x, n, y, n, 0f, z, n);
  }

  private static double nanos(Product product, int size, int calls) throws Throwable {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      product.run(size);
    }
    return (System.nanoTime() - start) / (double) calls;
  }

  public static void main(String[] args) throws Throwable {
    openblas_nolapack.blas_set_num_threads(1);
    System.out.println("Java " + Runtime.version() + "; nanoseconds a product, median (least)");
    System.out.println("| size | JavaCPP | foreign | foreign, critical |");
    System.out.println("|---|---|---|---|");
    for (int size : new int[] {1, 8, 64}) {
      ForeignCalls calls = new ForeignCalls(size);
      Product[] ways = {calls::byJavaCpp, calls::byForeign, calls::byCritical};
      int count = size < 64 ? 1_000_000 : 50_000;
      double[][] times = new double[ways.length][REPETITIONS];
      for (int r = -3; r < REPETITIONS; r++) {
        for (int w = 0; w < ways.length; w++) {
          double time = nanos(ways[w], size, count);
          if (r >= 0) {
            times[w][r] = time;
          }
        }
      }
      StringBuilder row = new StringBuilder("| " + size + " |");
      for (double[] of : times) {
        Arrays.sort(of);
        row.append(String.format(Locale.ROOT, " %.0f (%.0f) |", of[REPETITIONS / 2], of[0]));
      }
      System.out.println(row);
    }
  }
}
