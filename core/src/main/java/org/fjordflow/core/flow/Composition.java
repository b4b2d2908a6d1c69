package org.fjordflow.core.flow;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * Bijections in sequence; data goes through the first one first.
 *
 * @param parts at least one, all of the same dimension; those that depend on a context share it
 */
public record Composition(List<Bijection> parts) implements Bijection {

  /**
   * Checks that the parts fit together.
   *
   * @throws FjordException SHAPE_MISMATCH if they do not, INVALID_ARGUMENT if there are none
   */
  public Composition {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "a composition of no bijections");
    }
    int dim = parts.get(0).dim();
    int size = parts.stream().mapToInt(Bijection::contextSize).max().orElse(0);
    for (Bijection part : parts) {
      if (part.dim() != dim || (part.contextSize() != 0 && part.contextSize() != size)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "a part of dimension %d and context size %d in a composition of %d and %d"
                .formatted(part.dim(), part.contextSize(), dim, size));
      }
    }
  }

  @Override
  public int dim() {
    return parts.get(0).dim();
  }

  @Override
  public int contextSize() {
    return parts.stream().mapToInt(Bijection::contextSize).max().orElse(0);
  }

  @Override
  public boolean isRowwise() {
    return parts.stream().allMatch(Bijection::isRowwise);
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Transformed result = parts.get(0).forward(pass, x, contextOf(parts.get(0), context));
    for (Bijection part : parts.subList(1, parts.size())) {
      Transformed next = part.forward(pass, result.value(), contextOf(part, context));
      result = result.then(pass.tape(), next);
    }
    return result;
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    int last = parts.size() - 1;
    Transformed result = parts.get(last).inverse(pass, z, contextOf(parts.get(last), context));
    for (int i = last - 1; i >= 0; i--) {
      Bijection part = parts.get(i);
      Transformed next = part.inverse(pass, result.value(), contextOf(part, context));
      result = result.then(pass.tape(), next);
    }
    return result;
  }

  private static @Nullable Var contextOf(Bijection part, @Nullable Var context) {
    return part.contextSize() == 0 ? null : context;
  }
}
