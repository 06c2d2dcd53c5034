/** FNV-1a, 32 bits, over UTF-16 units as if each were a byte. Of ASCII text, that is the FNV-1a of its bytes. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
