package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {
  @TempDir Path folder;

  private List<String> filesIn(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(f -> directory.relativize(f).toString()).sorted().toList();
    }
  }

  @Test
  void createsFoldersAndReplaces() throws IOException {
    Path file = folder.resolve("a/b/text.txt");
    AtomicFiles.writeText(file, "first");
    AtomicFiles.writeText(file, "second, é");
    assertEquals("second, é", Files.readString(file));
    assertEquals(List.of("text.txt"), filesIn(folder.resolve("a/b")));
  }

  @Test
  void failureKeepsWhatWasThere() throws IOException {
    Path file = folder.resolve("text.txt");
    AtomicFiles.writeText(file, "old");
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFiles.write(
                file,
                out -> {
                  out.write(new byte[1 << 20]);
                  throw new IllegalStateException("stopped");
                }));
    assertFails(
        ErrorKey.FILE_UNWRITABLE,
        () ->
            AtomicFiles.write(
                file,
                out -> {
                  out.write(1);
                  throw new IOException("disk full");
                }),
        "text.txt",
        "disk full");
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("text.txt"), filesIn(folder));
  }

  @Test
  void nothingIsVisibleUntilItIsComplete() {
    Path file = folder.resolve("late.txt");
    AtomicFiles.write(
        file,
        out -> {
          out.write(new byte[1 << 20]);
          assertFalse(Files.exists(file));
        });
    assertTrue(Files.exists(file));
  }

  @Test
  void twoWritersOfOneFileDoNotDisturbEachOther() throws IOException {
    Path file = folder.resolve("both.txt");
    AtomicFiles.write(
        file,
        out -> {
          out.write('1');
          AtomicFiles.writeText(file, "inner");
          assertEquals("inner", Files.readString(file));
          out.write('2');
        });
    assertEquals("12", Files.readString(file));
    assertEquals(List.of("both.txt"), filesIn(folder));
  }

  @Test
  void namesWhatCannotBeWritten() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertFails(ErrorKey.FILE_UNWRITABLE, () -> AtomicFiles.writeText(folder, ""), "folder");
    Path below = file.resolve("below/text.txt");
    assertFails(ErrorKey.FILE_UNWRITABLE, () -> AtomicFiles.writeText(below, ""), below.toString());
    assertFails(ErrorKey.FILE_UNWRITABLE, () -> AtomicFiles.createFolder(below), below.toString());
  }

  @Test
  void readOnlyFolderIsRefused() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeTrue(!Files.isWritable(closed), "this user may write everywhere");
    assertFails(
        ErrorKey.FILE_UNWRITABLE, () -> AtomicFiles.writeText(closed.resolve("x"), ""), "closed");
  }

  @Test
  void permissionsOfAReplacedFileStay() throws IOException {
    Path file = folder.resolve("private.txt");
    AtomicFiles.writeText(file, "1");
    for (String permissions : List.of("rw-------", "rw-rw-rw-", "rwxr-x---")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      AtomicFiles.write(
          file,
          out -> {
            Path part = folder.resolve(".private.txt.0.part");
            assertEquals(
                permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(part)));
          });
      assertEquals(permissions, PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }

  @Test
  void whatKilledWritersLeftIsRemovedAndWhatIsBeingWrittenStays() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(folder.resolve(".rows.csv.0.part"), "half");
    Files.writeString(folder.resolve(".rows.csv.1.part"), "half");
    AtomicFiles.write(
        file,
        out -> {
          AtomicFiles.writeText(file, "another");
          AtomicFiles.removeUnfinished(folder);
          out.write('1');
        });
    assertEquals("1", Files.readString(file));
    Files.writeString(folder.resolve(".other.csv.5.part"), "half");
    AtomicFiles.removeUnfinished(folder);
    assertEquals(List.of("rows.csv"), filesIn(folder));
  }

  @Test
  void followsLinksAndLeavesDevicesAlone() throws IOException {
    Path file = folder.resolve("file.txt");
    Path link = Files.createSymbolicLink(folder.resolve("link.txt"), file);
    AtomicFiles.writeText(file, "1");
    AtomicFiles.writeText(link, "2");
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("2", Files.readString(file));
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "no /dev/null here");
    AtomicFiles.writeText(device, "gone");
    assertFalse(Files.isRegularFile(device));
  }
}
