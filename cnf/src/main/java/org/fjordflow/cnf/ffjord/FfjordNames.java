package org.fjordflow.cnf.ffjord;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Tensor;

/** The names of tensors in state dicts of FFJORD's code. */
final class FfjordNames {

  private static final Pattern BLOCK = Pattern.compile("chain\\.(\\d{1,6})\\..*");
  private static final Pattern BATCH_NORM =
      Pattern.compile("chain\\.\\d+\\.(step|weight|bias|running_mean|running_var)");
  private static final Pattern SPECTRAL = Pattern.compile(".*_(orig|u|v)");

  private FfjordNames() {}

  /** Returns the prefix of the names of a layer, without the last dot. */
  static String layer(int block, int layer) {
    return "chain." + block + ".odefunc.diffeq.layers." + layer;
  }

  /** Returns the name of the slope of an activation that has one (swish), after a layer. */
  static String slope(int block, int layer) {
    return "chain." + block + ".odefunc.diffeq.activation_fns." + layer + ".beta";
  }

  /**
   * Brings names to one form and leaves out what carries no weights: the counter of evaluations.
   * Models trained on several devices have everything below {@code module}, those trained with
   * regularisers have the field one level deeper.
   *
   * @param tensors by their names in the file. Not modified.
   * @param source what the file is called in messages
   * @return the tensors by name; the caller may change the map
   * @throws FjordException UNSUPPORTED naming a tensor of a part that cannot be read; FILE_DAMAGED
   *     if two names become one
   */
  static Map<String, Tensor> normalize(Map<String, Tensor> tensors, String source) {
    Map<String, Tensor> named = new TreeMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String plain =
              name.replaceFirst("^module\\.", "").replace(".odefunc.odefunc.", ".odefunc.");
          refuseUnsupported(plain, tensor, source);
          if (!plain.endsWith("._num_evals") && named.put(plain, tensor) != null) {
            throw new FjordException(
                ErrorKey.FILE_DAMAGED, source + " holds the tensor " + plain + " twice");
          }
        });
    return named;
  }

  private static void refuseUnsupported(String name, Tensor tensor, String source) {
    String part = null;
    if (BATCH_NORM.matcher(name).matches()) {
      part = "moving batch normalisation";
    } else if (name.contains("autoencoder_diffeq")) {
      part = "an autoencoder field";
    } else if (SPECTRAL.matcher(name).matches()) {
      part = "spectral normalisation";
    } else if (tensor.shape().length == 4) {
      part = "a convolution";
    }
    if (part != null) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          source + ": tensor " + name + " belongs to " + part + ", which cannot be read");
    }
  }

  /** Returns how many blocks there are. */
  static int blocks(Set<String> names, String source) {
    Set<Integer> blocks = new TreeSet<>();
    for (String name : names) {
      Matcher matcher = BLOCK.matcher(name);
      if (matcher.matches()) {
        blocks.add(Integer.parseInt(matcher.group(1)));
      }
    }
    if (blocks.isEmpty()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + " holds no tensor chain.0.odefunc...; expected the state dict of FFJORD's code");
    }
    return blocks.size();
  }
}
