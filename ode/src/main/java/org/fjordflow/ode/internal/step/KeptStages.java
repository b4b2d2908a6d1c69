package org.fjordflow.ode.internal.step;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.jspecify.annotations.Nullable;

/**
 * Linearizations of the stages of one step, by part and stage, with the instants that are to be
 * reversed once the step has been pulled back. The first stage of an adaptive step is of an earlier
 * step's instants.
 */
public final class KeptStages implements AutoCloseable {
  private final @Nullable PartLinearization[][] linearizations;
  private final List<StageInstants> instants = new ArrayList<>();
  private int dropped;

  /**
   * Makes room.
   *
   * @param parts number of parts
   * @param places number of stages of a step, and the evaluation at its end
   */
  public KeptStages(int parts, int places) {
    this.linearizations = new PartLinearization[parts][places];
  }

  /** Takes over instants; those that are added later are reversed sooner. */
  public void add(StageInstants added) {
    instants.add(added);
  }

  /** Takes a linearization over. Parts may do so at the same time. */
  public void add(int part, int stage, PartLinearization linearization) {
    linearizations[part][stage] = linearization;
  }

  /** Returns the linearizations of a part by stage; who closes one sets its place to null. */
  public @Nullable PartLinearization[] of(int part) {
    return linearizations[part];
  }

  /** Moves the evaluation at the end of this step to the start of the next one. */
  public void handOn(KeptStages next) {
    for (int part = 0; part < linearizations.length; part++) {
      @Nullable PartLinearization[] own = linearizations[part];
      next.linearizations[part][0] = own[own.length - 1];
      own[own.length - 1] = null;
    }
  }

  /** Returns whether the stages that the end of the step depends on are here for all parts. */
  public boolean isWhole() {
    return dropped == 0;
  }

  /**
   * Closes the first stage that is left, in all parts.
   *
   * @param stages number of stages that the end of the step depends on
   * @return the bytes that it held, or -1 if none was left
   */
  public long dropFirst(int stages) {
    if (dropped == stages) {
      return -1;
    }
    long bytes = bytes(dropped);
    for (@Nullable PartLinearization[] own : linearizations) {
      close(own, dropped);
    }
    dropped++;
    return bytes;
  }

  /** Moves the instant of the evaluation at the end to the next step, and closes the others. */
  public void leaveTo(KeptStages next) {
    if (!instants.isEmpty()) {
      next.instants.add(0, instants.remove(instants.size() - 1));
    }
    releaseInstants(0);
  }

  /** Returns the number of instants. */
  public int instants() {
    return instants.size();
  }

  /** Returns the bytes of a stage in all parts. */
  public long bytes(int stage) {
    long bytes = 0;
    for (@Nullable PartLinearization[] own : linearizations) {
      PartLinearization linearization = own[stage];
      bytes += linearization == null ? 0 : linearization.bytes();
    }
    return bytes;
  }

  /** Finishes the way back through the instants. */
  public void reverse(TimeGradient gradient) {
    for (int i = instants.size() - 1; i >= 0; i--) {
      instants.get(i).reverse(gradient);
    }
  }

  /** Closes the linearizations from a stage on. */
  public void release(int fromStage) {
    for (@Nullable PartLinearization[] own : linearizations) {
      for (int stage = fromStage; stage < own.length; stage++) {
        close(own, stage);
      }
    }
  }

  /** Closes the instants added last; their linearizations are closed already. */
  public void releaseInstants(int keep) {
    while (instants.size() > keep) {
      instants.remove(instants.size() - 1).close();
    }
  }

  /** Closes all that is left. */
  @Override
  public void close() {
    release(0);
    releaseInstants(0);
  }

  /** Closes the linearization in a place, if there is one. */
  public static void close(@Nullable PartLinearization[] linearizations, int place) {
    PartLinearization linearization = linearizations[place];
    linearizations[place] = null;
    if (linearization != null) {
      linearization.close();
    }
  }
}
