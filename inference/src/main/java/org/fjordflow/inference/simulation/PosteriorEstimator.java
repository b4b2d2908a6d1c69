package org.fjordflow.inference.simulation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.internal.AtomicFiles;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FitReport;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableOptions;
import org.fjordflow.model.TrainingObjective;
import org.jspecify.annotations.Nullable;

/**
 * Neural posterior estimation (Papamakarios and Murray 2016; Greenberg et al. 2019): flows of
 * parameters given observations, trained on simulations of a prior. Trained once, it has a
 * posterior for any observation. Bounded parameters are learned on the logit scale and positive
 * ones on the log scale, so that no mass is outside of the prior.
 *
 * <pre>{@code
 * Prior prior = Prior.uniform(List.of("rate"), new double[] {0}, new double[] {2});
 * Simulator simulator = (p, random) -> new double[] {random.nextExponential() / p[0]};
 * try (PosteriorEstimator estimator =
 *     PosteriorEstimator.fit(prior, simulator, 10_000, PosteriorOptions.standard())) {
 *   Table draws = estimator.at(0.7).sample(1000, 1);
 * }
 * }</pre>
 *
 * <p>Any number of threads may use it. Holds native memory until closed, or until it is garbage.
 */
public final class PosteriorEstimator implements AutoCloseable {

  private final List<FlowModel> members;
  private final List<SimulatedRange> outputs;
  private final List<String> remarks;
  private final @Nullable List<Double> only;

  private PosteriorEstimator(
      List<FlowModel> members,
      List<SimulatedRange> outputs,
      List<String> remarks,
      @Nullable List<Double> only) {
    this.members = List.copyOf(members);
    this.outputs = List.copyOf(outputs);
    this.remarks = List.copyOf(remarks);
    this.only = only == null ? null : List.copyOf(only);
  }

  /**
   * Simulates and trains.
   *
   * @param prior of the parameters
   * @param simulator runs the model
   * @param runs how many simulations
   * @param options how it is trained
   * @return the estimator; the caller closes it
   * @throws FjordException as {@link Simulations#draw} and {@link #fit(Prior, Table,
   *     PosteriorOptions)}
   */
  public static PosteriorEstimator fit(
      Prior prior, Simulator simulator, int runs, PosteriorOptions options) {
    return fit(
        prior,
        Simulations.draw(
            prior, simulator, runs, new RandomStreams(options.seed()).generator(Purpose.DATA)),
        options);
  }

  /**
   * Trains on simulations that are there.
   *
   * @param prior the parameters' names and bounds; they were drawn from it
   * @param simulations columns of parameters, found by their names, and of what was simulated with
   *     them, all others. Not modified.
   * @param options how it is trained
   * @return the estimator; the caller closes it
   * @throws FjordException SHAPE_MISMATCH for a parameter without a column, or no other column;
   *     NON_FINITE, naming row and column, for simulations that failed; INVALID_ARGUMENT for
   *     columns that are always the same, and parameters outside of their bounds; as {@link
   *     FlowModel#fit(Table, FitOptions)}
   */
  public static PosteriorEstimator fit(Prior prior, Table simulations, PosteriorOptions options) {
    return fit(prior, simulations, options, new ArrayList<>(), null);
  }

  /**
   * Simulates and trains in rounds, for one observation: after each round the prior is truncated to
   * where the posterior of this observation has its mass (Deistler, Goncalves and Macke 2022). For
   * simulations that are expensive, and posteriors that are narrow in their prior. The estimator is
   * trained on the simulations of all rounds that are there, and has a remark on each.
   *
   * @param prior of the parameters
   * @param simulator runs the model
   * @param observation one value an output. Not modified.
   * @param runs how many simulations there are in all, at least one a round
   * @param rounds in which there are as many each, at least 1
   * @param options how it is trained, each time
   * @return the estimator, whose posterior of any other observation has a remark; the caller closes
   *     it
   * @throws FjordException as {@link #fit(Prior, Simulator, int, PosteriorOptions)} and {@link
   *     #at}; INVALID_ARGUMENT for no round, or fewer runs, and where no draw of the prior is where
   *     the posterior is
   */
  public static PosteriorEstimator fitInRounds(
      Prior prior,
      Simulator simulator,
      double[] observation,
      int runs,
      int rounds,
      PosteriorOptions options) {
    if (rounds < 1 || runs < rounds) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d simulations in %d rounds; expected at least one round, and as many simulations"
              .formatted(runs, rounds));
    }
    RandomStreams streams = new RandomStreams(options.seed());
    List<Double> only = Arrays.stream(observation).boxed().toList();
    List<String> said = new ArrayList<>();
    int each = runs / rounds;
    Table all =
        Simulations.draw(
            prior, simulator, runs - (rounds - 1) * each, streams.generator(Purpose.DATA));
    PosteriorEstimator estimator = fit(prior, all, options, new ArrayList<>(), only);
    for (int round = 1; round < rounds; round++) {
      try (PosteriorEstimator earlier = estimator) {
        RandomGenerator random = streams.generator(Purpose.DATA, round);
        TruncatedPrior narrower =
            new TruncatedPrior(prior, earlier.at(observation), random.nextLong());
        Table more = Simulations.draw(prior.drawnBy(narrower), simulator, each, random);
        said.add(
            String.format(
                Locale.ROOT, "round %d drew from %.2g of the prior", round + 1, narrower.share()));
        int[] within = narrower.within(Simulations.select(all, prior.names()).rows());
        all = Simulations.together(all.selectRows(within), more);
      }
      estimator = fit(prior, all, options, new ArrayList<>(said), only);
    }
    return estimator;
  }

  private static PosteriorEstimator fit(
      Prior prior,
      Table simulations,
      PosteriorOptions options,
      List<String> remarks,
      @Nullable List<Double> only) {
    List<String> outputs = Simulations.outputs(prior, simulations);
    Table usable = Simulations.usable(prior, simulations, outputs, options.dropsFailed(), remarks);
    TableOptions columns =
        prior.columns(outputs.stream().filter(usable.names()::contains).toList());
    List<FlowModel> members = new ArrayList<>();
    try {
      for (int m = 0; m < options.members(); m++) {
        members.add(FlowModel.fit(usable, of(options, columns, m)));
      }
    } catch (RuntimeException e) {
      members.forEach(FlowModel::close);
      throw e;
    }
    return new PosteriorEstimator(
        members, SimulatedRange.of(simulations, outputs, usable), remarks, only);
  }

  /** Members have seeds of their own, also beside those of an estimator with the next seed. */
  private static FitOptions of(PosteriorOptions options, TableOptions columns, int member) {
    return new FitOptions(
        options.recipe(),
        TrainingObjective.of(TrainingObjective.Kind.LIKELIHOOD),
        columns,
        options.validation(),
        "0",
        0,
        options.timeBudget(),
        new RandomStreams(options.seed()).generator(Purpose.INITIALIZATION, member).nextLong(),
        options.threads(),
        options.listeners());
  }

  /** Returns the names of the parameters. */
  public List<String> parameters() {
    return members.get(0).columns();
  }

  /** Returns the names of an observation's values, in their order. */
  public List<String> outputs() {
    return outputs.stream().map(SimulatedRange::name).toList();
  }

  /** Returns what is to be said of the simulations, a line each, such as what was left out. */
  public List<String> remarks() {
    return remarks;
  }

  /** Returns how the training of each member went; empty for an estimator that was loaded. */
  public List<FitReport> reports() {
    return members.stream().flatMap(member -> member.report().stream()).toList();
  }

  /**
   * Returns the posterior given an observation.
   *
   * @param observation one value an output, in the order of {@link #outputs}. Not modified.
   * @throws FjordException SHAPE_MISMATCH; NON_FINITE; INVALID_ARGUMENT, naming the output, for an
   *     observation far outside of all simulations: by more than they are apart
   */
  public Posterior at(double... observation) {
    return at(true, observation);
  }

  /**
   * The same where an observation far outside is no error, but a remark of the posterior.
   *
   * @param observation one value an output. Not modified.
   */
  public Posterior extrapolatedAt(double... observation) {
    return at(false, observation);
  }

  private Posterior at(boolean strict, double[] observation) {
    List<String> told = new ArrayList<>(SimulatedRange.check(outputs, observation, strict));
    List<Double> own = only;
    if (own != null && !own.equals(Arrays.stream(observation).boxed().toList())) {
      told.add(
          "simulations are those of the observation %s: the posterior of another is not right"
              .formatted(own));
    }
    return new Posterior(members, given(observation), told);
  }

  private double[] given(double[] observation) {
    return IntStream.range(0, outputs.size())
        .filter(j -> outputs.get(j).used())
        .mapToDouble(j -> observation[j])
        .toArray();
  }

  /**
   * Log-densities of the parameters of simulations given their observations: what an estimator is
   * better by where it is greater.
   *
   * @param simulations columns as those it was trained on. Not modified.
   * @return one a row, in nats
   * @throws FjordException SHAPE_MISMATCH for a column that is not there; NON_FINITE; CLOSED
   */
  public double[] logProb(Table simulations) {
    return logProb(Simulations.select(simulations, parameters()).rows(), given(simulations));
  }

  /** The values of observations that flows are given. */
  double[][] given(Table simulations) {
    return Arrays.stream(Simulations.select(simulations, outputs()).rows())
        .map(this::given)
        .toArray(double[][]::new);
  }

  double[] logProb(double[][] parameters, double[][] given) {
    return Posterior.logProb(members, parameters, Context.of(given));
  }

  /** One draw for each row of what is given. */
  double[][] sample(double[][] given, RandomGenerator random) {
    return Posterior.sample(members, given, random);
  }

  /**
   * Saves the estimator.
   *
   * @param folder where to: a folder of a {@link FlowModel} for each member, and {@code
   *     posterior.json}
   * @throws FjordException FILE_UNWRITABLE; CLOSED
   */
  public void save(Path folder) {
    AtomicFiles.createFolder(folder);
    for (int m = 0; m < members.size(); m++) {
      members.get(m).save(PosteriorFile.member(folder, m + 1));
    }
    new PosteriorFile(PosteriorFile.FORMAT, members.size(), outputs, remarks, only).write(folder);
  }

  /**
   * Loads an estimator, which uses all processors.
   *
   * @param folder that {@link #save} wrote
   * @return the estimator; the caller closes it
   * @throws FjordException FILE_MISSING; as {@link FlowModel#load(Path)}
   */
  public static PosteriorEstimator load(Path folder) {
    PosteriorFile file = PosteriorFile.read(folder);
    List<FlowModel> members = new ArrayList<>();
    try {
      for (int m = 1; m <= file.members(); m++) {
        members.add(FlowModel.load(PosteriorFile.member(folder, m)));
        requireFits(members.get(m - 1), members.get(0), file, folder);
      }
    } catch (RuntimeException e) {
      members.forEach(FlowModel::close);
      throw e;
    }
    return new PosteriorEstimator(members, file.outputs(), file.remarks(), file.only());
  }

  private static void requireFits(
      FlowModel member, FlowModel first, PosteriorFile file, Path folder) {
    List<String> used =
        file.outputs().stream().filter(SimulatedRange::used).map(SimulatedRange::name).toList();
    if (!member.contextColumns().equals(used) || !member.columns().equals(first.columns())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: a member of %s given %s does not belong to one of %s given %s"
              .formatted(folder, member.columns(), member.contextColumns(), first.columns(), used));
    }
  }

  /** Waits for what is sampling to end, and returns native memory. */
  @Override
  public void close() {
    members.forEach(FlowModel::close);
  }
}
