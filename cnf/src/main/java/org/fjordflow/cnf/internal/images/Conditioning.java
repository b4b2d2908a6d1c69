package org.fjordflow.cnf.internal.images;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * What a U-net's blocks add to their channels: linear maps of features of the time, which are sines
 * and cosines of it through two layers, and of features of the context.
 */
final class Conditioning {

  /** Angles per unit of time, in halves of pi: the fastest goes round four times. */
  private static final double[] FREQUENCIES = {1, 2, 4, 8, 16};

  private final List<Dense> time;
  private final @Nullable Dense context;
  private final List<Dense> ofTime = new ArrayList<>();
  private final List<Dense> ofContext = new ArrayList<>();
  private final Parameters parameters;
  private final String name;
  private final int width;
  private final RandomGenerator random;
  private int columns;

  Conditioning(
      Parameters parameters, String name, int contextSize, int width, RandomGenerator random) {
    this.parameters = parameters;
    this.name = name;
    this.width = width;
    this.random = random;
    this.time =
        List.of(
            Dense.create(parameters, name + ".time.0", 2 * FREQUENCIES.length, width, random),
            Dense.create(parameters, name + ".time.1", width, width, random));
    this.context =
        contextSize == 0
            ? null
            : Dense.create(parameters, name + ".context", contextSize, width, random);
  }

  /**
   * Adds maps to some channels.
   *
   * @return what takes them out of those of all blocks
   */
  Slice to(String block, int channels) {
    ofTime.add(Dense.withoutBias(parameters, name + ".time." + block, width, channels, random));
    if (context != null) {
      String own = name + ".context." + block;
      ofContext.add(Dense.withoutBias(parameters, own, width, channels, random));
    }
    columns += channels;
    return new Slice(columns - channels, columns);
  }

  /** The columns of a block. */
  record Slice(int from, int to) {
    Var of(Tape tape, Var all) {
      return tape.slice(all, from, to);
    }
  }

  /** What all blocks add for times, m x 1. */
  Var ofTimes(Tape tape, Var times) {
    double[] angles = Arrays.stream(FREQUENCIES).map(f -> f * Math.PI / 2).toArray();
    Var frequencies = tape.constant(angles, angles.length, 1);
    Var features =
        tape.concat(
            tape.layer(Elementwise.SIN, times, frequencies, null, null),
            tape.layer(Elementwise.COS, times, frequencies, null, null));
    Var h = time.get(0).apply(tape, features, Elementwise.SWISH);
    return through(tape, ofTime, time.get(1).apply(tape, h, Elementwise.SWISH));
  }

  /**
   * What all blocks add.
   *
   * @param prepared {@link #ofTimes} of one time, or of one for each image
   * @param given context of each image, or null for none
   */
  Var of(Tape tape, Var prepared, @Nullable Var given) {
    if (context == null || given == null) {
      return prepared;
    }
    Var h = context.apply(tape, given, Elementwise.SWISH);
    return tape.add(through(tape, ofContext, h), prepared);
  }

  private static Var through(Tape tape, List<Dense> maps, Var features) {
    return tape.concat(
        maps.stream()
            .map(map -> map.apply(tape, features, Elementwise.IDENTITY))
            .toArray(Var[]::new));
  }
}
