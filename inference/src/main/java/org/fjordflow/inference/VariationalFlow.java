package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.inference.VariationalOptions.Annealing;
import org.fjordflow.inference.VariationalOptions.Progress;
import org.fjordflow.inference.VariationalPosterior.End;
import org.fjordflow.inference.internal.IdentityStart;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.jspecify.annotations.Nullable;

/**
 * Fits flows to densities that are known but for their integral (Rezende and Mohamed 2015). First a
 * normal, from the mode and the curvature there; then a flow from this normal, by the gradient of a
 * {@link Bound}, until the bound gains nothing beyond its own standard error; then a last part in
 * which the learning rate falls.
 */
public final class VariationalFlow {

  /** The units of a potential move together: at higher rates they drive it from its target. */
  private static final double POTENTIAL_RATE = 3e-3;

  /** Part of time and steps for which the rate is kept. */
  private static final double STEADY_PART = 0.75;

  /** Steps of the last part, in which the rate falls. */
  private static final int LAST_STEPS = 500;

  private static final double AVERAGE = 0.99;

  private VariationalFlow() {}

  /**
   * Fits a flow.
   *
   * @param target the density
   * @param options how
   * @return the posterior, with how good it is; the caller closes it
   * @throws FjordException NON_FINITE if log-density or gradient is no finite number at the start;
   *     SOLVE_FAILED if the density has no mode, as an improper one; SHAPE_MISMATCH for a
   *     log-density or a gradient of another size; TRAINING_DIVERGED if log-densities of draws are
   *     no finite numbers, saying where; INVALID_CONFIGURATION if the family cannot have so few
   *     parameters, naming those that can
   */
  public static VariationalPosterior fit(TargetDensity target, VariationalOptions options) {
    long begin = System.nanoTime();
    FlowSpec spec = options.spec(target.parameters().freeSize());
    @Nullable VariationalPosterior best = null;
    @Nullable NormalStart start = null;
    try {
      for (int attempt = 0; attempt < options.restarts(); attempt++) {
        if (best != null && left(options, begin) <= 0) {
          break;
        }
        long seed = options.seed() + attempt * 1_000_003L;
        Fit fit = new Fit(target, options, spec, seed, begin);
        start = start == null ? fit.start() : start;
        double share = left(options, begin) / (options.restarts() - attempt);
        VariationalPosterior posterior = fit.train(start, Math.max(0, share));
        if (best == null || posterior.elbo().value() > best.elbo().value()) {
          if (best != null) {
            best.close();
          }
          best = posterior;
        } else {
          posterior.close();
        }
        if (best.isReliable()) {
          break;
        }
      }
    } catch (RuntimeException e) {
      if (best != null) {
        best.close();
      }
      throw e;
    }
    return Objects.requireNonNull(best);
  }

  /** Seconds of the time limit that are left, the search for modes subtracted. */
  private static double left(VariationalOptions options, long begin) {
    return (options.timeLimit().toNanos() - (System.nanoTime() - begin)) * 1e-9;
  }

  /** One training. */
  private static final class Fit {

    private final TargetDensity target;
    private final VariationalOptions options;
    private final RandomStreams streams;
    private final FlowModel model;
    private final FreeTarget free;
    private final long begin;

    Fit(TargetDensity target, VariationalOptions options, FlowSpec spec, long seed, long begin) {
      this.target = target;
      this.options = options;
      this.streams = new RandomStreams(seed);
      this.model =
          FlowModel.create(spec, streams.generator(Purpose.INITIALIZATION), options.threads());
      setIdentity(spec.flow());
      this.free = new FreeTarget(target, model.parameters().backend());
      this.begin = begin;
    }

    /** Layers whose directions are exchanged and potentials begin as the identity. */
    private void setIdentity(List<BijectionConfig> flow) {
      for (int i = 0; i < flow.size(); i++) {
        BijectionConfig layers =
            flow.get(i) instanceof InverseConfig inverse ? inverse.of() : flow.get(i);
        IdentityStart.set(layers, "flow." + i + ".", model.parameters());
      }
    }

    NormalStart start() {
      return closingOnFailure(
          () -> {
            double[] given = options.start();
            double[] from = given == null ? null : target.parameters().unconstrain(given);
            RandomGenerator random = streams.generator(Purpose.DATA);
            return new ModeSearch(free, random).find(options.starts(), from);
          });
    }

    VariationalPosterior train(NormalStart start, double seconds) {
      return closingOnFailure(
          () -> {
            long trained = System.nanoTime();
            setStart(model.parameters(), start);
            BoundObjective objective =
                new BoundObjective(model.flow(), free, options.bound(), options.gradient());
            End end = run(objective, seconds);
            return VariationalPosterior.of(
                target,
                model,
                free,
                options.draws(),
                streams.seed(),
                end,
                (System.nanoTime() - trained) * 1e-9);
          });
    }

    private double rate() {
      if (options.learningRate() > 0) {
        return options.learningRate();
      }
      double rate = options.flow().learningRate(free.dim());
      boolean potential = model.config().flow().stream().anyMatch(IdentityStart::isPotential);
      return potential ? Math.min(POTENTIAL_RATE, rate) : rate;
    }

    private End run(BoundObjective objective, double seconds) {
      Annealing annealing = options.annealing();
      int last = Math.min(LAST_STEPS, options.steps() / 4);
      int steady = options.steps() - last;
      Convergence rule = new Convergence(objective, annealing, options.tolerance());
      double rate = rate();
      TrainerConfig config =
          TrainerConfig.of(steady, options.samples(), streams.seed())
              .withOptimizer(Adam.of(rate))
              .withSchedule(new Schedule.WarmUp(20, new Schedule.Constant()))
              .withClipNorm(FlowRecipe.CLIP_NORM)
              .withTimeLimit(Math.max(1e-3, STEADY_PART * seconds));
      Trainer trainer =
          new Trainer(config, model.parameters(), objective, listeners(objective, 0, rule));
      rule.stops(trainer);
      if (annealing != null) {
        objective.temper(annealing.at(0));
      }
      TrainingResult first = trainer.train();
      objective.temper(1);
      if (last > 0) {
        TrainerConfig falling =
            config
                .withSteps(last)
                .withSchedule(new Schedule.WarmUp(10, new Schedule.Cosine(last, 0.01)))
                .withAverage(AVERAGE)
                .withTimeLimit(Math.max(1e-3, (1 - STEADY_PART) * seconds));
        new Trainer(
                falling, model.parameters(), objective, listeners(objective, first.steps(), null))
            .train();
      }
      return rule.end(first, last);
    }

    /** The rule of convergence, if there is one, and what is told of the training. */
    private List<TrainingListener> listeners(
        BoundObjective objective, long stepsBefore, @Nullable Convergence rule) {
      List<TrainingListener> listeners = new ArrayList<>();
      if (rule != null) {
        listeners.add(rule);
      }
      Progress progress = options.progress();
      if (progress != null) {
        listeners.add(new Told(objective, stepsBefore, progress));
      }
      return listeners;
    }

    /** Hands means of the bound on. */
    private final class Told implements TrainingListener {
      private final BoundObjective objective;
      private final long stepsBefore;
      private final Progress progress;
      private final BoundPart part = new BoundPart();

      Told(BoundObjective objective, long stepsBefore, Progress progress) {
        this.objective = objective;
        this.stepsBefore = stepsBefore;
        this.progress = progress;
      }

      @Override
      public void step(StepMetrics metrics) {
        Annealing annealing = options.annealing();
        long steps = stepsBefore + metrics.step();
        if (annealing != null && steps <= annealing.steps()) {
          return;
        }
        Estimate mean = part.add(objective.last().value());
        if (mean != null) {
          progress.part(steps, (System.nanoTime() - begin) * 1e-9, mean);
        }
      }
    }

    private <T> T closingOnFailure(Supplier<T> work) {
      try {
        return work.get();
      } catch (RuntimeException e) {
        model.close();
        throw e;
      }
    }
  }

  /** Writes a normal into the affine map, which comes first. */
  static void setStart(Parameters parameters, NormalStart start) {
    double[] buffers = parameters.bufferValues();
    double[] own = Whitening.buffers(start.centre(), start.factor());
    System.arraycopy(own, 0, buffers, 0, own.length);
    for (double value : own) {
      if (!Double.isFinite(value)) {
        throw new FjordException(
            ErrorKey.SOLVE_FAILED,
            "the curvature of the log-density at its mode is not finite or zero; is the posterior improper? give every parameter a prior, or a constraint");
      }
    }
    parameters.setBufferValues(buffers);
  }
}
