package org.fjordflow.inference.simulation;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.jspecify.annotations.Nullable;

/**
 * What lies beside the members of an estimator.
 *
 * @param format of this file
 * @param members how many flows there are, in folders named {@code member-1} and so on
 * @param outputs where simulations were, in the order of observations
 * @param remarks on the simulations
 * @param only the one observation that there is a posterior of, or null for any
 */
record PosteriorFile(
    int format,
    int members,
    List<SimulatedRange> outputs,
    List<String> remarks,
    @Nullable List<Double> only) {

  static final String NAME = "posterior.json";
  static final int FORMAT = 1;

  PosteriorFile {
    outputs = ConfigChecks.list("outputs", outputs);
    remarks = ConfigChecks.list("remarks", remarks);
    ConfigChecks.require(members >= 1, "members", members, "at least 1");
    only = only == null ? null : ConfigChecks.list("only", only);
    ConfigChecks.require(
        only == null || only.size() == outputs.size(), "only", only, "a value for each output");
    ConfigChecks.require(
        outputs.stream().anyMatch(SimulatedRange::used), "outputs", outputs, "one that is used");
  }

  static Path member(Path folder, int number) {
    return folder.resolve("member-" + number);
  }

  void write(Path folder) {
    AtomicFiles.writeText(folder.resolve(NAME), JsonConfig.text(JsonConfig.tree(this)));
  }

  static PosteriorFile read(Path folder) {
    Path file = folder.resolve(NAME);
    ObjectNode tree = JsonConfig.read(file);
    if (tree.path("format").asInt(FORMAT) > FORMAT) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "%s: format is %s; this version reads up to %d, use a newer one"
              .formatted(file, tree.path("format"), FORMAT));
    }
    return JsonConfig.value(tree, PosteriorFile.class, file.toString());
  }
}
