package org.fjordflow.cnf.internal.images;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A small U-net (Ronneberger, Fischer and Brox 2015; Ho, Jain and Abbeel 2020): residual blocks at
 * several sizes of the image, each half of the one before, down by convolutions with stride 2 and
 * up by nearest neighbours, with what the way down had beside what comes up. Its last layer begins
 * with zeros.
 */
public final class Unet implements VectorField {

  private static final int KERNEL = 3;
  private static final int MOST_GROUPS = 8;

  private final ImageShape shape;
  private final Conditioning conditioning;
  private final Convolution first;
  private final List<Scale> scales;
  private final GroupNorm lastNorm;
  private final Convolution last;
  private final int width;

  /**
   * One size of the image.
   *
   * @param down blocks before the smaller sizes, or at the smallest
   * @param halve to the next size, or null at the smallest
   * @param enlarge back from it, or null
   * @param up block after the smaller sizes, or null
   */
  private record Scale(
      ImageShape shape,
      List<Residual> down,
      @Nullable Convolution halve,
      @Nullable ColumnIndex enlarge,
      @Nullable Residual up) {}

  private Unet(
      ImageShape shape,
      Conditioning conditioning,
      Convolution first,
      List<Scale> scales,
      GroupNorm lastNorm,
      Convolution last,
      int width) {
    this.shape = shape;
    this.conditioning = conditioning;
    this.first = first;
    this.scales = List.copyOf(scales);
    this.lastNorm = lastNorm;
    this.last = last;
    this.width = width;
  }

  /**
   * Creates a network.
   *
   * @param channels at each size of the image, the largest first
   * @param blocks residual blocks at each size on the way down
   * @param parameters where arrays are added. Modified.
   * @param name prefix of their names
   * @param random source of the initial values
   */
  public static Unet create(
      ImageShape shape,
      int contextSize,
      List<Integer> channels,
      int blocks,
      Parameters parameters,
      String name,
      RandomGenerator random) {
    int most = channels.stream().mapToInt(Integer::intValue).max().orElse(1);
    Conditioning conditioning =
        new Conditioning(parameters, name + ".embedding", contextSize, most, random);
    Convolution first =
        Residual.convolution(parameters, name + ".first", shape, channels.get(0), random);
    List<Scale> scales = new ArrayList<>();
    ImageShape at = shape.withChannels(channels.get(0));
    int width = 0;
    for (int s = 0; s < channels.size(); s++) {
      String own = name + "." + s;
      int count = channels.get(s);
      boolean smallest = s == channels.size() - 1;
      List<Residual> down = new ArrayList<>();
      for (int b = 0; b < (smallest ? blocks + 1 : blocks); b++) {
        down.add(Residual.create(parameters, own + ".down." + b, at, count, conditioning, random));
      }
      if (smallest) {
        scales.add(new Scale(at, down, null, null, null));
        width = Math.max(width, at.size());
        break;
      }
      int next = channels.get(s + 1);
      Convolution halve =
          Convolution.create(
              parameters, own + ".halve", at.height(), at.width(), count, next, KERNEL, 2, random);
      ImageShape half = new ImageShape(halve.window().down(), halve.window().across(), next);
      ImageShape both = at.withChannels(count + next);
      Residual up = Residual.create(parameters, own + ".up", both, count, conditioning, random);
      scales.add(new Scale(at, down, halve, nearest(half, at), up));
      width = Math.max(width, both.size());
      at = half;
    }
    ImageShape full = shape.withChannels(channels.get(0));
    GroupNorm lastNorm =
        GroupNorm.create(
            parameters, name + ".norm", full.pixels(), full.channels(), groups(full.channels()));
    Convolution last =
        Residual.convolution(parameters, name + ".last", full, shape.channels(), random);
    last.dense().scale(parameters.backend(), 0);
    return new Unet(shape, conditioning, first, scales, lastNorm, last, width);
  }

  /** At most eight groups of at least four channels, all of the same size. */
  static int groups(int channels) {
    int groups = Math.max(1, Math.min(MOST_GROUPS, channels / 4));
    while (channels % groups != 0) {
      groups--;
    }
    return groups;
  }

  private static ColumnIndex nearest(ImageShape from, ImageShape to) {
    int channels = from.channels();
    int[] sources = new int[to.pixels() * channels];
    for (int i = 0; i < sources.length; i++) {
      int pixel = i / channels;
      sources[i] = from.column(pixel / to.width() / 2, pixel % to.width() / 2, i % channels);
    }
    return ColumnIndex.of(from.size(), sources);
  }

  @Override
  public Var prepare(Tape tape, Var times) {
    return conditioning.ofTimes(tape, times);
  }

  @Override
  public Var apply(Tape tape, Var prepared, Var z, @Nullable Var context) {
    Var conditions = conditioning.of(tape, prepared, context);
    Var pixels = tape.reshape(z, z.rows() * shape.pixels(), shape.channels());
    Var h = first.apply(tape, pixels, Elementwise.IDENTITY);
    h = through(tape, 0, h, conditions);
    h = lastNorm.apply(tape, h, Elementwise.SWISH);
    return tape.reshape(last.apply(tape, h, Elementwise.IDENTITY), z.rows(), z.cols());
  }

  private Var through(Tape tape, int s, Var x, Var conditions) {
    Scale scale = scales.get(s);
    Var h = x;
    for (Residual block : scale.down()) {
      h = block.apply(tape, h, conditions);
    }
    if (scale.halve() == null || scale.enlarge() == null || scale.up() == null) {
      return h;
    }
    Var small = scale.halve().apply(tape, h, Elementwise.IDENTITY);
    small = through(tape, s + 1, small, conditions);
    int images = h.rows() / scale.shape().pixels();
    Var rows = tape.reshape(small, images, scale.enlarge().sourceCols());
    Var large = tape.reshape(tape.gather(rows, scale.enlarge()), h.rows(), small.cols());
    return scale.up().apply(tape, tape.concat(h, large), conditions);
  }

  @Override
  public int width() {
    return width;
  }
}
