package org.fjordflow.bench.peers;

import org.fjordflow.cnf.ModelConfig;

/**
 * What every library has to compute: the content of {@code workload.json}.
 *
 * @param name of the workload
 * @param gradientRows rows of the batch whose loss and gradient are computed; 0 for none
 * @param scoreRows rows whose log-densities are computed
 * @param sampleRows base points that are mapped to data; 0 for none
 * @param data where rows come from, in words
 * @param trainingSteps steps of Adam at 1e-3 that made the trained weights
 * @param trainingRows rows of each of these steps
 * @param seed of everything random
 * @param model the model; {@code solve.training.divergence} is that of gradients, {@code
 *     solve.evaluation.divergence} that of scores
 */
record WorkloadDescription(
    String name,
    int gradientRows,
    int scoreRows,
    int sampleRows,
    String data,
    int trainingSteps,
    int trainingRows,
    long seed,
    ModelConfig model) {}
