// Bounds on definitions, enforced where they are written and again where they are compiled.

/** How deep conditions may be nested. */
export const MAX_CONDITION_DEPTH = 12;
/** Groups and leaves of one condition tree. */
export const MAX_CONDITION_NODES = 100;
/** Characters of a regular expression. */
export const MAX_REGEX_LENGTH = 128;
/** Characters of the key of a new definition. */
export const MAX_NEW_KEY_LENGTH = 128;
/** Characters of any key. */
const MAX_KEY_LENGTH = 256;

const NEW_KEY = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const CONTROL = /\p{Cc}/u;

/** Whether the engine can hold `key`: 1 to 256 characters, no control character, no name of `Object.prototype`. */
export function isUsableKey(key: unknown): key is string {
  return typeof key === "string" && key.length > 0 && key.length <= MAX_KEY_LENGTH && !CONTROL.test(key) && !isPrototypeName(key);
}

/** Whether a new definition may be called `key`. */
export function isNewKey(key: unknown): key is string {
  return typeof key === "string" && key.length <= MAX_NEW_KEY_LENGTH && NEW_KEY.test(key) && !isPrototypeName(key);
}

/** Whether `key` would reach into `Object.prototype` when it is used as a property name. */
export function isPrototypeName(key: string): boolean {
  return key === "prototype" || key in Object.prototype;
}
