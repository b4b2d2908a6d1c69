package org.fjordflow.model.anomaly;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;

/** The column that was made untypical is found. */
final class BecauseTest {

  private static final long SEED = 11;
  private static final int COLUMNS = 20;
  private static final int ROWS = 200;

  @Test
  void theColumnThatWasMadeUntypicalComesFirst() {
    System.out.println("seed " + SEED);
    NormalRows rows = new NormalRows(COLUMNS, 4, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    FitOptions fit = DetectorOptions.standardFit().seed(SEED).threads(2).build();
    try (AnomalyDetector detector =
        AnomalyDetector.fit(rows.table(4_000, random), DetectorOptions.standard().withFit(fit))) {
      for (double sd : new double[] {3, 4, 5, 6, 8}) {
      double[][] changed = rows.sample(ROWS, random);
      int[] columns = new int[ROWS];
      for (int i = 0; i < ROWS; i++) {
        columns[i] = i % COLUMNS;
        changed[i][columns[i]] += (random.nextBoolean() ? sd : -sd)/1.12;
      }
      long start=System.nanoTime();
      List<List<Reason>> reasons = detector.because(Table.of(changed));
      int first = 0;
      for (int i = 0; i < ROWS; i++) {
        first += reasons.get(i).get(0).index() == columns[i] ? 1 : 0;
      }
      System.out.println(sd+" " +(double) first / ROWS+" flagged "+detector.detect(Table.of(changed), Alarm.rate(0.01)).count()+" "+(System.nanoTime()-start)*1e-9);
      System.out.println(reasons.get(0).subList(0,3));
      }
    }
  }
}
