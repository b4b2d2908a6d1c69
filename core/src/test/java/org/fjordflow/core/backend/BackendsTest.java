package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.Objects;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backends by the name that a configuration gives. */
final class BackendsTest {

  /** Runs a test with one of the folders {@code user-backends} on the class path. */
  private static void with(String folder, Runnable test) throws IOException {
    URL url =
        Objects.requireNonNull(BackendsTest.class.getResource("/user-backends/" + folder + "/"));
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {url}, before)) {
      thread.setContextClassLoader(loader);
      test.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static List<String> ids() {
    return Backends.all().stream().map(BackendProvider::id).toList();
  }

  @ParameterizedTest
  @EnumSource
  void everyBackendIsFoundByItsId(DType dtype) {
    for (BackendProvider provider : Backends.all()) {
      assertEquals(provider.getClass(), Backends.find(provider.id()).getClass());
      try (Backend backend = Backends.create(provider.id(), dtype, 2)) {
        assertEquals(provider.id(), backend.name());
        assertEquals(dtype, backend.dtype());
      }
    }
  }

  @Test
  void autoIsTheProcessorWhereThereIsNoGpu() {
    assertEquals(List.of("cpu"), ids());
    try (Backend backend = Backends.create(Backends.AUTO, DType.FLOAT32, 3)) {
      assertEquals("cpu", backend.name());
      assertEquals(3, backend.threads());
    }
  }

  @Test
  void aUsersOwnIsFound() throws IOException {
    with(
        "own",
        () -> {
          assertEquals(List.of("cpu", "own"), ids());
          assertInstanceOf(UserBackends.Own.class, Backends.find("own"));
          assertEquals("cpu", Backends.find(Backends.AUTO).id());
          Backends.requireKnown("own");
        });
    assertThrows(FjordException.class, () -> Backends.find("own"));
  }

  @Test
  void autoTakesAGpuThatWorks() throws IOException {
    with(
        "gpu",
        () -> {
          assertInstanceOf(UserBackends.Gpu.class, Backends.find(Backends.AUTO));
          assertEquals("cpu", Backends.find("cpu").id());
          assertEquals("broken-gpu", Backends.find("broken-gpu").id());
        });
  }

  @Test
  void oneThatCannotBeLoadedIsToldOfByName() throws IOException {
    with(
        "broken",
        () -> {
          assertFails(
              ErrorKey.INVALID_CONFIGURATION, () -> Backends.find(Backends.AUTO), "NoSuchProvider");
          assertEquals("cpu", Backends.find("cpu").id());
        });
  }

  @Test
  void twoOfOneNameAreRefused() throws IOException {
    with(
        "twice",
        () ->
            assertFails(
                ErrorKey.INVALID_CONFIGURATION,
                () -> Backends.find("own"),
                "UserBackends$Own",
                "UserBackends$Twin"));
  }

  @Test
  void noContextLoaderIsNoObstacle() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try {
      thread.setContextClassLoader(null);
      assertEquals(List.of("cpu"), ids());
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"abacus", "CPU", ""})
  void anUnknownNameIsRefused(String id) {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Backends.find(id), "'" + id + "'", "auto, cpu");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Backends.requireKnown(id), "'" + id + "'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nd4j", "onednn"})
  void theModuleThatIsMissingIsNamed(String id) {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Backends.find(id), "fjord-" + id);
  }
}
