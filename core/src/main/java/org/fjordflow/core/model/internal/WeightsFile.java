package org.fjordflow.core.model.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.data.internal.FolderLock;
import org.fjordflow.core.data.internal.SafetensorsFile;
import org.fjordflow.core.data.internal.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a folder, which belong to its configuration by their hash. They are replaced in
 * three steps: the new ones are written beside the old ones under another name; the configuration
 * with their hash is renamed onto the old one, and this is the moment of change; the weights are
 * renamed onto the old ones. Whatever comes between, a reader finds those that the configuration
 * means under one of the two names.
 *
 * @param file with its usual name
 */
public record WeightsFile(Path file) {

  /** The key of the hash in the entry of a configuration. */
  private static final String HASH = "sha256";

  /** How often a folder may be replaced while one reader reads it. */
  private static final int ATTEMPTS = 100;

  /** And how often without a change to be seen: it may have been changed and changed back. */
  private static final int UNCHANGED = 3;

  /**
   * A configuration and its weights.
   *
   * @param config the whole content of the configuration's file
   * @param weights the values
   */
  public record Saved(ObjectNode config, SafetensorsFile weights) {}

  /**
   * Reads both as they belong together, whoever replaces them meanwhile.
   *
   * @param key of the entry of the weights in the configuration
   * @param configuration reads it
   * @throws FjordException FILE_MISSING; FILE_DAMAGED if the weights are not those that the
   *     configuration was saved with; what reading it throws
   */
  public Saved read(String key, Supplier<ObjectNode> configuration) {
    ObjectNode config = configuration.get();
    for (int attempt = 0; ; attempt++) {
      String hash = hash(config.path(key));
      try {
        return new Saved(config, hash == null ? SafetensorsFile.read(file) : belonging(hash));
      } catch (FjordException e) {
        // A writer between two looks: what was read is the old half of one change or the new one.
        ObjectNode again = configuration.get();
        boolean changed = !again.equals(config);
        config = again;
        if ((!changed && attempt >= UNCHANGED) || attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private @Nullable String hash(JsonNode entry) {
    if (entry.isMissingNode()) {
      return null; // of an earlier version
    }
    String hash = entry.path(HASH).asText();
    if (!Sha256.isHash(hash)) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          "the configuration beside %s has no SHA-256 of it; expected 64 digits".formatted(file));
    }
    return hash;
  }

  private SafetensorsFile belonging(String hash) {
    SafetensorsFile.Hashed early = early();
    if (early != null && early.sha256().equals(hash)) {
      return early.file();
    }
    SafetensorsFile.Hashed read = SafetensorsFile.readHashed(file);
    if (!read.sha256().equals(hash)) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          "%s is not the file that its configuration was saved with: SHA-256 %s..., expected %s...; it was damaged or replaced, copy the folder anew"
              .formatted(file, read.sha256().substring(0, 12), hash.substring(0, 12)));
    }
    return read.file();
  }

  /** The weights that a writer has not renamed yet; null where there are none. */
  private SafetensorsFile.@Nullable Hashed early() {
    if (!Files.isRegularFile(next())) {
      return null;
    }
    try {
      return SafetensorsFile.readHashed(next());
    } catch (FjordException e) {
      if (e.key() == ErrorKey.FILE_MISSING) {
        return null; // renamed since
      }
      throw e;
    }
  }

  /** The name that weights have until their configuration is in its place. */
  private Path next() {
    return file.resolveSibling("." + file.getFileName() + ".next");
  }

  /**
   * Replaces both. One writer does so at a time.
   *
   * @param weights the new ones. Not modified.
   * @param config the new one's file
   * @param content of the new one, but for the entry of its weights, which is added. Modified.
   * @param key of this entry
   * @throws FjordException FILE_UNWRITABLE. The folder is then as before, unless the message says
   *     that the model is saved; CONCURRENT_USE if another writer is at it
   */
  public void replace(SafetensorsFile weights, Path config, ObjectNode content, String key) {
    FolderLock lock = lock();
    try {
      completeEarlier(config, key);
      put(weights, config, content, key);
    } finally {
      lock.close();
    }
  }

  private void put(SafetensorsFile weights, Path config, ObjectNode content, String key) {
    try {
      content.putObject(key).put(HASH, weights.write(next()));
      AtomicFiles.writeText(config, JsonConfig.text(content));
    } catch (FjordException e) {
      AtomicFiles.deleteQuietly(next());
      throw e;
    }
    AtomicFiles.forceNames(config.resolveSibling("."));
    try {
      AtomicFiles.move(next(), file);
    } catch (FjordException e) {
      throw new FjordException(
          e.key(),
          "%s; the model is saved, its weights are in %s".formatted(e.getMessage(), next()),
          e);
    }
  }

  private FolderLock lock() {
    return FolderLock.of(file.resolveSibling(".saving.lock"), "written");
  }

  /**
   * Does what a writer could not do any more that was killed.
   *
   * @param config the configuration's file
   * @param key of the weights' entry in it
   * @throws FjordException FILE_UNWRITABLE; CONCURRENT_USE if the writer is still at it
   */
  public void tidy(Path config, String key) {
    FolderLock lock = lock();
    try {
      completeEarlier(config, key);
    } finally {
      lock.close();
    }
  }

  private void completeEarlier(Path config, String key) {
    if (!Files.isRegularFile(next())) {
      return;
    }
    if (Files.isRegularFile(config)
        && JsonConfig.read(config).path(key).path(HASH).asText().equals(Sha256.of(next()))) {
      AtomicFiles.move(next(), file);
    } else {
      AtomicFiles.deleteQuietly(next()); // the moment of change had not come
    }
  }
}
