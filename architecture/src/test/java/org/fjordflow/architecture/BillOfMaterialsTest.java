package org.fjordflow.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Users find every module in the bill of materials but those that are programs of the checkout. */
final class BillOfMaterialsTest {
  private static final Set<String> OF_THE_CHECKOUT = Set.of("examples", "bench");

  private static final Pattern MANAGED =
      Pattern.compile(
          "<groupId>org\\.fjordflow</groupId><artifactId>fjord-([a-z0-9]+)[-_.0-9]*</artifactId>");

  @Test
  void everyLibraryIsListed() throws IOException {
    Set<String> expected = new TreeSet<>(ArrowsTest.modules());
    expected.removeAll(OF_THE_CHECKOUT);
    String bom = Files.readString(Path.of("../bom/pom.xml"));
    Set<String> listed =
        MANAGED
            .matcher(bom)
            .results()
            .map((MatchResult found) -> found.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, listed);
  }
}
