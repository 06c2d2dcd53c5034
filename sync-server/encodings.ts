/** The best first. */
export const ENCODINGS = ["br", "gzip"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** As much of `node:zlib` as is used. It is asked for by name, so that no bundler looks for it where there is no Node. */
interface Zlib {
  brotliCompress(
    bytes: Uint8Array,
    options: { readonly params: Readonly<Record<number, number>> },
    done: (error: Error | null, result: Uint8Array<ArrayBuffer>) => void,
  ): void;
  readonly constants: { readonly BROTLI_PARAM_QUALITY: number };
}

/** Once for each position of the feed, and not on the main thread. Past it, bytes are few and time is much. */
const BROTLI_QUALITY = 6;

function zlibOf(): Zlib | undefined {
  const { process } = globalThis as { readonly process?: { getBuiltinModule?(name: string): unknown } };
  return process?.getBuiltinModule?.("node:zlib") as Zlib | undefined;
}

/** What this platform can write: gzip wherever streams of the web are, brotli on Node. */
function isWritable(encoding: Encoding): boolean {
  return encoding === "br" ? zlibOf() !== undefined : typeof CompressionStream === "function";
}

/** Of what an `Accept-Encoding` header takes, the best that can be written; `undefined` where bytes go as they are. */
export function negotiate(header: string | undefined): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const part of header?.toLowerCase().split(",") ?? []) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim());
    const q = parameters.find((text) => text.startsWith("q="))?.slice(2);
    weights.set(name, q === undefined ? 1 : Number(q) || 0);
  }
  const weightOf = (encoding: Encoding): number => weights.get(encoding) ?? weights.get("*") ?? 0;
  const taken = ENCODINGS.filter((encoding) => weightOf(encoding) > 0 && isWritable(encoding));
  return taken.reduce<Encoding | undefined>((best, each) => (best && weightOf(best) >= weightOf(each) ? best : each), undefined);
}

/** The bytes in an encoding. */
export async function encode(bytes: Uint8Array<ArrayBuffer>, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "gzip") {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  const zlib = zlibOf();
  if (!zlib) throw new Error("This platform writes no brotli.");
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  return new Promise((resolve, reject) =>
    zlib.brotliCompress(bytes, { params }, (error, result) => (error ? reject(error) : resolve(result))),
  );
}
