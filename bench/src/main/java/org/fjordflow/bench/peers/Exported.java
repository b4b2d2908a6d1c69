package org.fjordflow.bench.peers;

import java.nio.file.Path;

/** What is exported for all libraries: a model, its trained weights and rows. */
interface Exported {

  /** Returns its name in commands, such as {@code toy-100}. */
  String id();

  /**
   * Returns where its rows come from.
   *
   * @param folder the folder of published data
   */
  PeerData data(Path folder);

  /**
   * Returns what is to be computed. Workloads with the same model have the same weights.
   *
   * @param data its rows
   */
  WorkloadDescription describe(PeerData data);
}
