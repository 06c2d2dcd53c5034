import type { TelemetryAdapter } from "../../src/ports/telemetry";

type Attribute = readonly [name: string, value: string | number | boolean];

/**
 * Prints when each span begins and how it ends, for a look without OpenTelemetry.
 *
 * @param prefix - begins each line. @defaultValue "[rollease]"
 * @param print - takes each line. @defaultValue console.log
 * @example
 * ```text
 * [rl] → rollease.evaluate { flag.key: 'checkout-v2' }
 * [rl] ✓ rollease.evaluate (2ms)
 * ```
 */
export function createConsoleAdapter(
  prefix = "[rollease]",
  print: (line: string) => void = (line) => console.log(line),
): TelemetryAdapter {
  return {
    startSpan(name, attributes) {
      const startedAt = performance.now();
      const learnt: Attribute[] = [];
      let failure: string | undefined;
      print(`${prefix} → ${name}${show(Object.entries(attributes))}`);
      return {
        setAttribute: (key, value) => void learnt.push([key, value]),
        recordError: (error) => void (failure = oneLine(error instanceof Error ? error.message : String(error))),
        end() {
          const took = `(${Math.round(performance.now() - startedAt)}ms)`;
          if (failure === undefined) print(`${prefix} ✓ ${name} ${took}${show(learnt)}`);
          else print(`${prefix} ✗ ${name} ${took} ${failure}`);
        },
      };
    },
  };
}

function show(attributes: readonly Attribute[]): string {
  if (attributes.length === 0) return "";
  const shown = attributes.map(([name, value]) => `${name}: ${typeof value === "string" ? quote(value) : value}`);
  return ` { ${shown.join(", ")} }`;
}

function quote(text: string): string {
  return `'${oneLine(text).replaceAll("'", "\\'")}'`;
}

/** A key may come from a stranger: what would begin a line of its own, or move the cursor, is spelt out. */
function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}
