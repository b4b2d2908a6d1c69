package org.fjordflow.cli;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run says about where it comes from. */
final class ProvenanceTest {

  @TempDir Path folder;

  @Test
  void provenanceTellsDataAndVersionsAsJson() throws Exception {
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Path file = Files.writeString(folder.resolve("abc.csv"), "abc");
      ObjectMapper mapper = new ObjectMapper();
      JsonNode configuration = mapper.readTree("{\"steps\": 5}");
      Clock start = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
      Clock end = Clock.fixed(Instant.parse("2026-01-02T03:05:00Z"), ZoneOffset.UTC);
      Provenance begun =
          Provenance.start(
              Provenance.Data.file(file, 3, 1), null, 9, backend, start, configuration);
      assertNull(begun.finished());
      Provenance done = begun.finish(end);
      JsonNode json = mapper.readTree(mapper.writeValueAsString(done));
      // FIPS 180-4's own example.
      assertEquals(
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
          json.at("/data/sha256").asText());
      assertEquals("abc.csv", json.at("/data/description").asText());
      assertEquals("2026-01-02T03:05:00Z", json.at("/finished").asText());
      assertEquals("FLOAT32", json.at("/computed/dtype").asText());
      assertEquals(5, json.at("/configuration/steps").asInt());
      assertEquals(done, mapper.treeToValue(json, Provenance.class));
      assertFails(
          ErrorKey.FILE_MISSING,
          () -> Provenance.Data.file(folder.resolve("none.csv"), 1, 1),
          "none.csv");
    }
  }
}
