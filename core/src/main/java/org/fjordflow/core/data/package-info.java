/**
 * Data in and out: tables of numbers, the files they come from, and densities to try a flow on.
 *
 * <p>This package knows nothing of backends, tapes or flows. Every reader throws {@link
 * org.fjordflow.base.FjordException} alone: {@code FILE_MISSING} for a file that is not there,
 * {@code FILE_DAMAGED} for content that breaks its format, {@code FILE_FORMAT} for a format or a
 * part of it that is not read, {@code NON_FINITE} for NaN or infinity where a table of finite
 * numbers is asked for. Every writer goes through {@link
 * org.fjordflow.core.data.internal.AtomicFiles}.
 */
@NullMarked
package org.fjordflow.core.data;

import org.jspecify.annotations.NullMarked;
