/** Canonical CBOR (RFC 8949, section 4.2.1) of what a bucket is worked out of: text, numbers, and a pair of texts. */
export function encodeText(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...head(3, bytes.length), ...bytes];
}

/** An integer as one, anything else as the shortest float that is the same number. */
export function encodeNumber(value: number): number[] {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return value >= 0 ? head(0, value) : head(1, -1 - value);
  const half = toHalf(value);
  if (half !== undefined) return [0xf9, half >> 8, half & 0xff];
  const isSingle = Object.is(Math.fround(value), value);
  const view = new DataView(new ArrayBuffer(isSingle ? 4 : 8));
  if (isSingle) view.setFloat32(0, value);
  else view.setFloat64(0, value);
  return [isSingle ? 0xfa : 0xfb, ...new Uint8Array(view.buffer)];
}

export function encodePair(first: string, second: string): number[] {
  return [0x82, ...encodeText(first), ...encodeText(second)];
}

/** A kind of item and its length or value, in as few bytes as hold it. */
function head(kind: number, value: number): number[] {
  const type = kind << 5;
  if (value < 24) return [type | value];
  const width = value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 0x100000000 ? 4 : 8;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return [type | (24 + Math.log2(width)), ...new Uint8Array(view.buffer).slice(8 - width)];
}

/** The bits of a number as a half-precision float, if it is one. */
function toHalf(value: number): number | undefined {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size === 0) return sign;
  const exponent = Math.max(Math.floor(Math.log2(size)), -14);
  const fraction = (size / 2 ** exponent) * 1024;
  if (!Number.isInteger(fraction) || exponent > 15 || fraction >= 2048) return undefined;
  return sign | (fraction < 1024 ? fraction : ((exponent + 15) << 10) | (fraction - 1024));
}
