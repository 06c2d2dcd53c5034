/** Reads Prometheus' text format: the value of each series under `name{label="value",...}`, labels in order of their names. */
export function parseExposition(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  const declared = new Map<string, string>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ")) continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (type) {
      declared.set(type[1]!, type[2]!);
    } else if (sample) {
      const [, name = "", labels = "", value = ""] = sample;
      if (!declared.has(name) && !declared.has(name.replace(/_(bucket|sum|count)$/, ""))) throw new Error(`No type: ${line}`);
      const pairs = labels.match(/[a-z_]+="[^"]*"/g) ?? [];
      series.set(pairs.length > 0 ? `${name}{${pairs.toSorted().join(",")}}` : name, Number(value));
    } else {
      throw new Error(`Not Prometheus' text format: ${line}`);
    }
  }
  return series;
}
