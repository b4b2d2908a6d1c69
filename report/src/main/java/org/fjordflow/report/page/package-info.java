/**
 * Pages to look at in a browser: one file of HTML that needs nothing else. {@link
 * org.fjordflow.report.page.Page} says what is on it, {@link org.fjordflow.report.page.PageWriter}
 * makes the file, with Apache ECharts inside, which draws. Nothing here knows of flows, and nothing
 * of a chart's looks is in Java: {@code page.js} makes them.
 */
@NullMarked
package org.fjordflow.report.page;

import org.jspecify.annotations.NullMarked;
