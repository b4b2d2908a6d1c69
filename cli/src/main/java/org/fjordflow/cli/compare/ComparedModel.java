package org.fjordflow.cli.compare;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TrainingObjective.Kind;

/**
 * A model that is compared, by what it is trained by.
 *
 * @param recipe which flow
 * @param objective likelihood, matching, or one after the other
 */
public record ComparedModel(Recipe recipe, Kind objective) {

  /** Separates both in a name. */
  private static final char SEPARATOR = ':';

  /** A flow that is trained by likelihood. */
  public static ComparedModel of(Recipe recipe) {
    return new ComparedModel(recipe, Kind.LIKELIHOOD);
  }

  /**
   * Finds a model.
   *
   * @param name of the flow, such as {@code nsf}, or with an objective, such as {@code
   *     ffjord:matching}
   * @throws FjordException INVALID_ARGUMENT if there is none of that name, or it cannot be matched
   */
  public static ComparedModel parse(String name) {
    int end = name.indexOf(SEPARATOR);
    if (end < 0) {
      return of(Recipe.of(name));
    }
    ComparedModel model =
        new ComparedModel(Recipe.of(name.substring(0, end)), Kind.of(name.substring(end + 1)));
    if (model.objective != Kind.LIKELIHOOD && model.recipe.spec(2, 0).continuous().isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s: matching is for continuous flows, and %s is none; take ffjord or mlp"
              .formatted(name, model.recipe.id()));
    }
    return model;
  }

  /** Returns the name, of the flow alone where it is trained by likelihood. */
  public String id() {
    return objective == Kind.LIKELIHOOD ? recipe.id() : recipe.id() + SEPARATOR + objective.id();
  }

  /** Returns a model's name as files have it. */
  public static String file(String id) {
    return id.replace(SEPARATOR, '-');
  }
}
