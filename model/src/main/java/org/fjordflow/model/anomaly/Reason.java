package org.fjordflow.model.anomaly;

/**
 * A column that makes a row unlike others.
 *
 * @param column its name, or {@code x1, x2, ...} where columns have none
 * @param index its number among the model's columns, from 0
 * @param gain what the log-density would gain, or with {@link Scoring#EITHER} the score would lose,
 *     were this column alone as the others let expect, in nats, at least 0; infinite where the row
 *     has density zero because of it
 * @param value the cell as it is, as text
 * @param likely what the cell would be then, as text
 */
public record Reason(String column, int index, double gain, String value, String likely) {}
