/** The one thing beside the language that the engine uses. Every runtime has it. */
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
