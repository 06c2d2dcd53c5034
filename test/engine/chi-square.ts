/**
 * What Pearson's statistic exceeds by chance once in a thousand, by degrees of freedom: the upper 0.001 quantiles of the
 * chi-square distribution (NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.4).
 */
export const CRITICAL = { 81: 126.083, 99: 148.23 } as const;

/** How far counts are from all being the same. Degrees of freedom: one fewer than there are counts. */
export function chiSquareOfUniformity(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** How far two properties, counted in rows and columns, are from having nothing to do with each other. */
export function chiSquareOfIndependence(rows: readonly (readonly number[])[]): number {
  const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const rowSums = rows.map(sumOf);
  const columnSums = (rows[0] ?? []).map((_, j) => sumOf(rows.map((row) => row[j] ?? 0)));
  const total = sumOf(rowSums);
  const cells = rows.flatMap((row, i) =>
    row.map((count, j) => {
      const expected = ((rowSums[i] ?? 0) * (columnSums[j] ?? 0)) / total;
      return (count - expected) ** 2 / expected;
    }),
  );
  return sumOf(cells);
}
