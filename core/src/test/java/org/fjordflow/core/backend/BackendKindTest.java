package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Backends by the name that a configuration gives. */
final class BackendKindTest {

  @ParameterizedTest
  @EnumSource
  void aKindIsFoundByItsIdAndMakesThatBackend(BackendKind kind) {
    assertEquals(kind, BackendKind.of(kind.id()));
    for (DType dtype : DType.values()) {
      try (Backend backend = kind.create(dtype)) {
        assertEquals(kind.id(), backend.name());
        assertEquals(dtype, backend.dtype());
      }
    }
  }

  @Test
  void anUnknownNameIsRefused() {
    FjordException thrown = assertThrows(FjordException.class, () -> BackendKind.of("abacus"));
    assertEquals(ErrorKey.INVALID_ARGUMENT, thrown.key());
  }
}
