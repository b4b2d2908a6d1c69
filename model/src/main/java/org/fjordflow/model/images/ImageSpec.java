package org.fjordflow.model.images;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.HashSet;
import java.util.List;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.jspecify.annotations.Nullable;

/**
 * What the rows of a model of images stand for. A row holds whole numbers from 0 to levels - 1, in
 * the order of {@link ImageShape}; a conditional model is given the class, one hot.
 *
 * <p>Log-densities are those of the whole numbers: by Jensen's inequality at most the logarithm of
 * an image's probability, on average over the noise that makes its numbers continuous.
 *
 * @param shape of an image
 * @param levels how many values a number can have, at least 2
 * @param pixels what a flow sees of them
 * @param noise standard deviation of normal noise on what the flow sees, in place of the uniform
 *     noise within a level; 0 for that. With it the model is a density of noisy images, which has
 *     no bits per dimension, and whose samples are denoised.
 * @param variational the flow that puts numbers in their levels, trained with the model; null for
 *     the uniform noise
 * @param classes names of the classes, none for an unconditional model, else at least 2
 * @param shares of these among the images that were learned from, positive, together 1
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ImageSpec(
    ImageShape shape,
    int levels,
    PixelScale pixels,
    double noise,
    @Nullable VariationalNoise variational,
    List<String> classes,
    List<Double> shares) {

  /** Values of numbers of 8 bits. */
  public static final int GREY_LEVELS = 256;

  /**
   * Checks that all parts fit together.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the value; absent values come from files
   */
  public ImageSpec {
    ConfigChecks.require(shape != null, "shape of images", shape, "an object");
    ConfigChecks.require(levels >= 2, "levels of images", levels, "at least 2");
    ConfigChecks.require(pixels != null, "pixels of images", pixels, "logit or scaled");
    ConfigChecks.require(
        noise >= 0 && noise < Double.POSITIVE_INFINITY, "noise of images", noise, "at least 0");
    ConfigChecks.require(
        variational == null || noise == 0,
        "noise of images",
        noise,
        "0 with variational dequantisation, which puts numbers within their levels: give one of them");
    classes = ConfigChecks.list("classes of images", classes);
    shares = ConfigChecks.list("shares of classes", shares);
    ConfigChecks.require(
        classes.size() != 1 && new HashSet<>(classes).size() == classes.size(),
        "classes of images",
        classes,
        "none, or at least 2, each once");
    double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
    ConfigChecks.require(
        shares.size() == classes.size()
            && shares.stream().allMatch(share -> share > 0)
            && (shares.isEmpty() || Math.abs(sum - 1) < 1e-6),
        "shares of classes",
        shares,
        "a positive one for each class, together 1");
  }

  /** Returns the change of units between whole numbers and what a flow sees. */
  @JsonIgnore
  public Dequantization dequantization() {
    return new Dequantization(levels, pixels.scale());
  }

  /** Returns the columns of the context that the flow is given, zero for none. */
  @JsonIgnore
  public int contextSize() {
    return classes.size();
  }

  /** The same with another scale of pixels. */
  public ImageSpec withPixels(PixelScale other) {
    return new ImageSpec(shape, levels, other, noise, variational, classes, shares);
  }

  /** The same with normal noise, 0 for uniform noise. */
  public ImageSpec withNoise(double deviation) {
    return new ImageSpec(shape, levels, pixels, deviation, variational, classes, shares);
  }

  /** The same with noise that a flow draws, null for uniform noise. */
  public ImageSpec withVariational(@Nullable VariationalNoise flow) {
    return new ImageSpec(shape, levels, pixels, noise, flow, classes, shares);
  }

  /** Returns the context of a class. */
  public double[] oneHot(int label) {
    double[] row = new double[classes.size()];
    row[label] = 1;
    return row;
  }
}
