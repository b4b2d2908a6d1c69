package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;

/** Orthonormal columns Q of each row, made of numbers of this row. */
sealed interface Frame {

  /** How many numbers a row needs. */
  int size();

  /** Makes the columns of rows, n x {@link #size}. */
  Applied on(Tape tape, Var numbers);

  /** Columns of rows. */
  interface Applied {
    /** Q'z of each row, n x rank. */
    Var across(Var z);

    /** Q y of each row, n x latent. */
    Var back(Var y);
  }

  /**
   * The orthonormal factor of a matrix: what the iteration of van den Berg et al. (2018, equation
   * 14) converges to.
   */
  record Polar(int latent, int rank) implements Frame {
    @Override
    public int size() {
      return latent * rank;
    }

    @Override
    public Applied on(Tape tape, Var numbers) {
      Var q = PolarFactor.apply(tape, numbers, latent, rank);
      int[] transposed = new int[latent * rank];
      Arrays.setAll(transposed, e -> e % latent * rank + e / latent);
      Var across = tape.gather(q, ColumnIndex.of(latent * rank, transposed));
      return new Applied() {
        @Override
        public Var across(Var z) {
          return tape.rowProduct(z, across);
        }

        @Override
        public Var back(Var y) {
          return tape.rowProduct(y, q);
        }
      };
    }
  }

  /** The first columns of a product of Householder reflections, which are never written down. */
  record Reflections(int latent, int rank, int count) implements Frame {
    @Override
    public int size() {
      return latent * count;
    }

    @Override
    public Applied on(Tape tape, Var numbers) {
      List<Var> normals = new ArrayList<>();
      List<Var> factors = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Var normal = tape.columns(numbers, i * latent, (i + 1) * latent);
        Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, normal));
        normals.add(normal);
        factors.add(tape.affine(-2, tape.apply(Elementwise.RECIPROCAL, squares), 0));
      }
      int[] padded = new int[latent];
      Arrays.setAll(padded, j -> j < rank ? j : ColumnIndex.NONE);
      ColumnIndex widen = ColumnIndex.of(rank, padded);
      return new Applied() {
        @Override
        public Var across(Var z) {
          Var x = z;
          for (int i = count - 1; i >= 0; i--) {
            x = reflected(x, i);
          }
          return tape.columns(x, 0, rank);
        }

        @Override
        public Var back(Var y) {
          Var x = tape.gather(y, widen);
          for (int i = 0; i < count; i++) {
            x = reflected(x, i);
          }
          return x;
        }

        private Var reflected(Var x, int i) {
          Var along = tape.rowSum(tape.multiply(x, normals.get(i)));
          Var length = tape.multiply(along, factors.get(i));
          return tape.add(x, tape.multiply(normals.get(i), length));
        }
      };
    }
  }
}
