/** A Markdown table; but for the first columns, which hold text, to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], textColumns = 1): string {
  const widths = heads.map((head, i) => Math.max(3, head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string =>
    i < textColumns ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rule = widths.map((width, i) => (i < textColumns ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(heads), line(rule), ...rows.map(line)].join("\n");
}

/** Whether an aim is reached, for a table's cell. */
export function verdict(isMet: boolean, aim: string): string {
  return `${aim}: ${isMet ? "met" : "MISSED"}`;
}
