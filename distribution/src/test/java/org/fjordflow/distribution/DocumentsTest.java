package org.fjordflow.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.fjordflow.core.data.ToyDensity;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every Java block of README.md and docs is compiled and run, in a folder of its own (the working
 * directory) that holds a table {@code rows.csv}.
 */
final class DocumentsTest {
  private static final Path ROOT = Path.of(System.getProperty("fjord.root"));
  private static final long SEED = 20;

  @TempDir private static Path classes;

  /** 200 rows of two moons, with names of columns. */
  @BeforeAll
  static void table() throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    StringBuilder table = new StringBuilder("x,y\n");
    for (double[] row : ToyDensity.MOONS.sample(200, random)) {
      table.append(row[0]).append(',').append(row[1]).append('\n');
    }
    Files.writeString(Path.of("rows.csv"), table);
  }

  @TestFactory
  Stream<DynamicTest> everyProgramOfTheDocumentsRuns() throws IOException {
    List<DocumentedProgram> programs = new ArrayList<>();
    for (Path document : documents()) {
      programs.addAll(DocumentedProgram.of(document));
    }
    assertTrue(programs.size() >= 15, "the documents hold programs: " + programs.size());
    assertEquals(
        programs.size(),
        programs.stream().map(DocumentedProgram::name).distinct().count(),
        "names of classes");
    compile(programs);
    URLClassLoader loader =
        new URLClassLoader(
            new URL[] {classes.toUri().toURL()}, DocumentsTest.class.getClassLoader());
    return programs.stream()
        .map(program -> DynamicTest.dynamicTest(program.place(), () -> run(loader, program)))
        .onClose(() -> close(loader));
  }

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    try (Stream<Path> files = Files.list(ROOT.resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
    }
    return documents;
  }

  private static void compile(List<DocumentedProgram> programs) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-d", classes.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
    List<JavaFileObject> sources = programs.stream().map(DocumentsTest::source).toList();
    boolean compiled = compiler.getTask(messages, null, null, options, null, sources).call();
    assertTrue(compiled, messages.toString());
  }

  private static JavaFileObject source(DocumentedProgram program) {
    return new SimpleJavaFileObject(
        URI.create("doc:///" + program.name() + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return program.source();
      }
    };
  }

  private static void run(ClassLoader loader, DocumentedProgram program) throws Throwable {
    Method main =
        Class.forName(program.name(), true, loader).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader); // services of the programs
    try {
      main.invoke(null, (Object) new String[0]);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static void close(URLClassLoader loader) {
    try {
      loader.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
