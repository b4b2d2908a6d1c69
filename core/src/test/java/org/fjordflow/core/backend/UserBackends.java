package org.fjordflow.core.backend;

import java.util.Optional;

/**
 * Providers as a user would bring them, named in the folders {@code user-backends} of the test
 * resources; no class path holds these folders.
 */
public final class UserBackends {

  private UserBackends() {}

  /** What they share: all compute on the processor. */
  private abstract static class Base implements BackendProvider {
    private final String id;
    private final Optional<String> gpu;

    Base(String id, Optional<String> gpu) {
      this.id = id;
      this.gpu = gpu;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public String description() {
      return "a backend of the tests";
    }

    @Override
    public Optional<String> gpu() {
      return gpu;
    }

    @Override
    public Backend create(DType dtype, int threads) {
      return new CpuBackend(dtype, threads);
    }
  }

  /** Of a user. */
  public static final class Own extends Base {
    /** Creates it. */
    public Own() {
      super("own", Optional.empty());
    }
  }

  /** Of another user, by the same name. */
  public static final class Twin extends Base {
    /** Creates it. */
    public Twin() {
      super("own", Optional.empty());
    }
  }

  /** With a GPU that works. */
  public static final class Gpu extends Base {
    /** Creates it. */
    public Gpu() {
      super("gpu", Optional.of("an imagined device"));
    }
  }

  /** With a GPU that does not work here; its name is before the other's. */
  public static final class BrokenGpu extends Base {
    /** Creates it. */
    public BrokenGpu() {
      super("broken-gpu", Optional.empty());
    }
  }
}
