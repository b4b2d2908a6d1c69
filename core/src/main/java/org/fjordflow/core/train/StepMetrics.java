package org.fjordflow.core.train;

/**
 * What a step showed. Rolled back steps have none.
 *
 * @param step from 1
 * @param loss of the batch, before the update
 * @param gradientNorm Euclidean norm of the whole gradient, before clipping
 * @param learningRate of this step
 * @param forwardEvaluations evaluations of the field from data to base; 0 without one
 * @param backwardEvaluations evaluations of the field for the gradient; 0 without one
 * @param seconds since training or its resumption began
 */
public record StepMetrics(
    long step,
    double loss,
    double gradientNorm,
    double learningRate,
    long forwardEvaluations,
    long backwardEvaluations,
    double seconds) {}
