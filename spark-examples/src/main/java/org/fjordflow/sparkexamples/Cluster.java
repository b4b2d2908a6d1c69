package org.fjordflow.sparkexamples;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A standalone cluster of Spark on this machine: one master and some workers of one core, each a
 * process of its own, for as long as one program runs. Needs no distribution of Spark: its class
 * path is that of this program. Whatever it starts it stops, also where it is interrupted.
 */
public final class Cluster implements AutoCloseable {

  /** Names the process ids of the workers to the program, with commas between them. */
  static final String WORKERS = "fjord.spark.workers";

  private static final String LOCAL = "127.0.0.1";
  private static final String MEMORY = "1g";
  private static final int PATIENCE_MILLIS = 60_000;

  private final List<Process> processes = new ArrayList<>();
  private final Path home;
  private final int port;
  private final int workers;

  private Cluster(Path home, int port, int workers) {
    this.home = home;
    this.port = port;
    this.workers = workers;
  }

  /**
   * Runs a program on a cluster.
   *
   * @param args {@code --workers N} (2), the program's class, its arguments
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> rest = new ArrayList<>(List.of(args));
    int workers = 2;
    if (rest.size() > 1 && rest.get(0).equals("--workers")) {
      workers = Integer.parseInt(rest.get(1));
      rest.subList(0, 2).clear();
    }
    if (rest.isEmpty()) {
      System.err.println("usage: examples/spark-cluster [--workers N] CLASS [ARGUMENT...]");
      System.exit(2);
    }
    int status;
    try (Cluster cluster = start(workers)) {
      Runtime.getRuntime().addShutdownHook(new Thread(cluster::close));
      status = cluster.run(rest);
    }
    System.exit(status);
  }

  private static Cluster start(int workers) throws IOException {
    int port;
    try (ServerSocket any = new ServerSocket(0)) {
      port = any.getLocalPort();
    }
    Cluster cluster = new Cluster(Files.createTempDirectory("fjord-cluster"), port, workers);
    try {
      cluster.begin();
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    // Executors are started with all jars of this folder.
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (String entry : classPath()) {
      link(Path.of(entry).toAbsolutePath(), jars);
    }
    daemon("master", "org.apache.spark.deploy.master.Master", "--port", Integer.toString(port));
    awaitMaster();
    for (int i = 1; i <= workers; i++) {
      daemon(
          "worker" + i,
          "org.apache.spark.deploy.worker.Worker",
          "--cores",
          "1",
          "--memory",
          MEMORY,
          "--work-dir",
          home.resolve("work" + i).toString(),
          master());
    }
  }

  private static List<String> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> Files.exists(Path.of(entry)))
        .toList();
  }

  private static void link(Path jar, Path folder) throws IOException {
    if (Files.isRegularFile(jar)) {
      try {
        Files.createSymbolicLink(folder.resolve(jar.getFileName()), jar);
      } catch (FileAlreadyExistsException e) {
        // A jar of this name is there.
      }
    }
  }

  private String master() {
    return "spark://" + LOCAL + ":" + port;
  }

  private static List<String> java(String... options) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", String.join(File.pathSeparator, classPath())));
    return command;
  }

  /** What newer versions of Java would else warn of. */
  private static List<String> flags() {
    return Runtime.version().feature() < 24
        ? List.of()
        : List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
  }

  private void daemon(String name, String main, String... arguments) throws IOException {
    List<String> command = java("-Xmx256m", "-Dspark.master.rest.enabled=false");
    command.addAll(List.of(main, "--host", LOCAL, "--webui-port", "0"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(home.toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", LOCAL);
    File log = home.resolve(name + ".log").toFile();
    processes.add(builder.redirectErrorStream(true).redirectOutput(log).start());
  }

  private void awaitMaster() throws IOException {
    long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        return;
      } catch (IOException e) {
        if (System.nanoTime() > end || !processes.get(0).isAlive()) {
          throw new IOException(
              "no master came up: " + Files.readString(home.resolve("master.log")), e);
        }
        Thread.onSpinWait();
      }
    }
  }

  private int run(List<String> program) throws IOException, InterruptedException {
    List<String> command =
        java(
            "-Xmx2g",
            "-Dspark.master=" + master(),
            "-Dspark.driver.host=" + LOCAL,
            "-Dspark.driver.bindAddress=" + LOCAL,
            "-Dspark.ui.enabled=false",
            "-Dspark.executor.memory=" + MEMORY,
            "-Dspark.executor.extraJavaOptions=" + String.join(" ", flags()),
            // Nothing begins before all workers are there.
            "-Dspark.cores.max=" + workers,
            "-Dspark.scheduler.minRegisteredResourcesRatio=1.0",
            "-D%s=%s"
                .formatted(
                    WORKERS,
                    processes.stream()
                        .skip(1)
                        .map(process -> Long.toString(process.pid()))
                        .collect(Collectors.joining(","))));
    command.addAll(program);
    Process process = new ProcessBuilder(command).inheritIO().start();
    processes.add(process);
    return process.waitFor();
  }

  /** Ends all that was started, and what that has started. */
  @Override
  public synchronized void close() {
    List<ProcessHandle> all = new ArrayList<>();
    for (Process process : processes) {
      process.descendants().forEach(all::add);
      all.add(process.toHandle());
    }
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(handle -> handle.onExit().join());
    processes.clear();
    delete(home);
  }

  private static void delete(Path folder) {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      System.err.println(folder + " is left: " + e);
    }
  }
}
