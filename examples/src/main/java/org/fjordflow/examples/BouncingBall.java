package org.fjordflow.examples;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.Linearization;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * A ball that bounces: each flight is solved until the event of its impact, and the time of the
 * last impact is differentiated through all of them, for the height the ball falls from, gravity,
 * and the part of the speed that is left after an impact.
 */
public final class BouncingBall {
  /** A time that no flight lasts, in seconds. */
  private static final double LONGEST_FLIGHT = 10;

  private BouncingBall() {}

  /** The state [height, speed]: {@code height' = speed, speed' = -gravity}. */
  private static final class Fall implements DifferentiableOdeSystem {
    private final double gravity;
    private double gravityGradient;

    Fall(double gravity) {
      this.gravity = gravity;
    }

    @Override
    public int dimension() {
      return 2;
    }

    @Override
    public void derivatives(double t, double[] y, double[] yDot) {
      yDot[0] = y[1];
      yDot[1] = -gravity;
    }

    @Override
    public Linearization linearize(double t, double[] y) {
      return new FallLinearization(this, y[1]);
    }
  }

  /** The derivative of the fall, which depends on nothing but the speed. */
  private static final class FallLinearization implements Linearization {
    private final Fall fall;
    private final double speed;
    private double forceCotangent;

    FallLinearization(Fall fall, double speed) {
      this.fall = fall;
      this.speed = speed;
    }

    @Override
    public void derivative(double[] yDot) {
      yDot[0] = speed;
      yDot[1] = -fall.gravity;
    }

    @Override
    public double pullback(double[] cotangent, double[] yBar) {
      yBar[0] = 0;
      yBar[1] = cotangent[0];
      forceCotangent = cotangent[1];
      return 0;
    }

    @Override
    public void accumulateGradient(double weight) {
      fall.gravityGradient -= weight * forceCotangent;
    }

    @Override
    public long bytes() {
      return 2L * Double.BYTES;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  /** The height above the floor. */
  private static final class Height implements Event.Function {
    @Override
    public double value(double t, double[] y) {
      return y[0];
    }

    @Override
    public double gradient(double t, double[] y, double[] yBar) {
      yBar[0] = 1;
      yBar[1] = 0;
      return 0;
    }
  }

  /** Runs the example. */
  public static void main(String[] args) {
    Result result = run(2, 9.81, 0.8, 4);
    System.out.println("time of the fourth impact    " + result.time());
    System.out.println("its derivative for height    " + result.height());
    System.out.println("              for gravity    " + result.gravity());
    System.out.println("              for bounce     " + result.bounce());
  }

  /**
   * What the example computes.
   *
   * @param time time of the last impact
   * @param height its derivative with respect to the height at the start
   * @param gravity with respect to gravity
   * @param bounce with respect to the part of the speed that is left after an impact
   */
  record Result(double time, double height, double gravity, double bounce) {}

  static Result run(double height, double gravity, double bounce, int impacts) {
    Fall fall = new Fall(gravity);
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-9, 1e-9);
    // A flight from the floor begins with a height of zero, and a step may be longer than a hop.
    Event impact =
        Event.stopping("impact", new Height())
            .withDirection(Event.Direction.FALLING)
            .withLargestCheck(0.01);
    List<Recording.OfEvents> flights = new ArrayList<>();
    double time = 0;
    double[] state = {height, 0};
    for (int i = 0; i < impacts; i++) {
      Recording.OfEvents flight =
          new DiscreteAdjoint()
              .forward(config, fall, time, state, time + LONGEST_FLIGHT, List.of(impact));
      Solution end = flight.solution().solution().orThrow();
      flights.add(flight);
      time = end.time();
      state = new double[] {0, -bounce * end.state()[1]};
    }

    // Backwards: what a flight's start depends on is where and when the one before ended.
    double timeCotangent = 1;
    double[] stateCotangent = new double[2];
    double bounceGradient = 0;
    for (int i = impacts - 1; i >= 0; i--) {
      AdjointGradient gradient = flights.get(i).backward(stateCotangent, timeCotangent);
      timeCotangent = gradient.startTime();
      stateCotangent = gradient.initialState();
      if (i > 0) {
        double speed = flights.get(i - 1).solution().solution().state()[1];
        bounceGradient -= stateCotangent[1] * speed;
        stateCotangent = new double[] {0, -bounce * stateCotangent[1]};
      }
    }
    return new Result(time, stateCotangent[0], fall.gravityGradient, bounceGradient);
  }
}
