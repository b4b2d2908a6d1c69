package org.fjordflow.base;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.fjordflow.base.internal.Ids;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Constants by their names in configurations. */
final class IdsTest {

  private enum Colour {
    LIGHT_RED,
    BLUE
  }

  @ParameterizedTest
  @EnumSource
  void aConstantIsFoundByItsId(Colour colour) {
    assertEquals(colour, Ids.find(Colour.values(), Ids::of, "colour", Ids.of(colour)));
  }

  @Test
  void anIdIsTheNameInLowerCase() {
    assertEquals("light_red", Ids.of(Colour.LIGHT_RED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"green", "BLUE", "", " blue", "light-red"})
  void whatIsNotAnIdIsRefusedNamingThoseThereAre(String given) {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Ids.find(Colour.values(), Ids::of, "colour", given),
        "colour",
        "light_red, blue");
  }
}
