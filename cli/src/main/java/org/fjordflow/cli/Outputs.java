package org.fjordflow.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Keeps what a command writes apart from what it reads. */
final class Outputs {

  private Outputs() {}

  /**
   * Checks that an output is no input, by whatever name or link.
   *
   * @param out a file that is going to be written
   * @param inputs files that are read
   * @throws FjordException INVALID_ARGUMENT if it is one of them
   */
  static void requireOther(Path out, Collection<Path> inputs) {
    for (Path input : inputs) {
      if (isSame(out, input)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s would be written over %s, which is read; give another --out"
                .formatted(out, out.equals(input) ? "itself" : input));
      }
    }
  }

  /**
   * Checks that a folder that is going to be written does not lie in one whose pictures are read:
   * they would be mixed, or written over.
   *
   * @param out a folder, or a file in it
   * @param input what is read; a file is not looked at
   * @throws FjordException INVALID_ARGUMENT if it does
   */
  static void requireApart(Path out, Path input) {
    if (Files.isDirectory(input) && real(out).startsWith(real(input))) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s lies in %s, whose pictures are read; give another --out".formatted(out, input));
    }
  }

  /** Without links, as far as the path is there. */
  private static Path real(Path path) {
    Path whole = path.toAbsolutePath().normalize();
    Path there = whole;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    try {
      return there.toRealPath().resolve(there.relativize(whole)).normalize();
    } catch (IOException e) {
      return whole; // it cannot be looked at, and will be told when it is opened
    }
  }

  /**
   * Does something whose failure leaves what was done before it.
   *
   * @param kept what is there nevertheless, said behind the reason
   */
  static void keeping(String kept, Runnable work) {
    try {
      work.run();
    } catch (FjordException e) {
      throw kept(e, kept);
    }
  }

  /** Says behind the reason of a failure what is there nevertheless. */
  static FjordException kept(FjordException failure, String kept) {
    return new FjordException(failure.key(), failure.getMessage() + "; " + kept, failure);
  }

  /** Pipes and devices are never replaced. */
  private static boolean isSame(Path out, Path input) {
    try {
      return Files.isRegularFile(out) && Files.exists(input) && Files.isSameFile(out, input);
    } catch (IOException e) {
      return false; // one of them cannot be looked at, and will be told when it is opened
    }
  }
}
